using MoELab.Studies.Running;

namespace MoELab.Live;

/// <summary>The runs of a group as a card reads them, in the order in which they were asked for.</summary>
internal sealed class GroupRuns(RunGroup group)
{
    private readonly List<GroupRun> _runs = [];

    public IReadOnlyList<GroupRun> All => _runs;

    /// <summary>Names of those that are training.</summary>
    public IReadOnlyList<string> Training => [.. _runs.Where(r => !r.Done).Select(r => r.Followed.Name)];

    /// <summary>Whether no run will begin any more, and all have ended.</summary>
    public bool Ended => group.Completion.IsCompleted && _runs.All(r => r.Done);

    public int Restarts => _runs.Sum(r => r.Followed.Restarts);

    /// <summary>How the group stands: words and their colour.</summary>
    public (string Text, string Class) State => group.Completion.Status switch
    {
        TaskStatus.RanToCompletion => ("finished", "good"),
        TaskStatus.Canceled => ("stopped", "bad"),
        TaskStatus.Faulted => ("ended unexpectedly", "bad"),
        _ => ("training", ""),
    };

    /// <summary>Reads on; returns whether anything changed.</summary>
    public bool Read()
    {
        var changed = false;
        if (group.Begun is var begun && !begun.Select(b => b.Run).SequenceEqual(_runs.Select(r => r.Run)))
        {
            // A run that was requested earlier may begin later, and one that was interrupted is resumed as another object.
            var known = _runs.ToDictionary(r => r.Run);
            _runs.Clear();
            _runs.AddRange(begun.Select(b => known.TryGetValue(b.Run, out var old) ? old : new GroupRun(b.Arm, b.Run)));
            changed = true;
        }
        foreach (var run in _runs)
            changed |= run.Read();
        return changed;
    }
}
