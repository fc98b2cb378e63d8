namespace MoELab.Data.Preparation;

/// <summary>Finds the windows of all held-out text that occur in training text of any domain.</summary>
internal sealed class HeldOutOverlap
{
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly bool[] _inTraining;

    public HeldOutOverlap(IReadOnlyList<DomainSplit> splits)
    {
        foreach (var window in splits.SelectMany(s => s.HeldOut).SelectMany(u => u.Windows))
            _numbers.TryAdd(window, _numbers.Count);
        _inTraining = new bool[_numbers.Count];
        AddTraining(splits.SelectMany(s => s.Training).SelectMany(u => u.Pieces));
    }

    /// <summary>Compares more training text with the held-out windows.</summary>
    public void AddTraining(IEnumerable<DocumentPiece> pieces) =>
        System.Threading.Tasks.Parallel.ForEach(pieces, piece =>
        {
            foreach (var window in WordWindows.Of(piece.Text))
            {
                // Every thread writes the same value.
                if (_numbers.TryGetValue(window, out var number))
                    _inTraining[number] = true;
            }
        });

    /// <summary>Number of a held-out unit's windows that occur in training text.</summary>
    public int Shared(SplitUnit unit) => unit.Windows.Count(w => _inTraining[_numbers[w]]);
}
