using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Views.Comparisons;

namespace MoELab.Board.Catalog;

/// <summary>A run's row, brought up to date when a file of its folder has changed.</summary>
/// <param name="path">The folder.</param>
internal sealed class RunEntry(string path)
{
    private static readonly string[] Files = ["recipe.yaml", LogFile.Metrics, LogFile.Events, RunNotes.FileName];

    private static readonly string[] Metrics = ["loss", "eval/bits_per_byte", "max_vio/mean", "tokens_per_second"];

    private readonly MetricTail _tail = new(Path.Combine(path, LogFile.Metrics), Metrics);
    private readonly (long Length, long Written)[] _stamps = new (long, long)[Files.Length];
    private RunReader _run = RunReader.At(path);
    private DateTime _asked;
    private RunRow _recipe = new() { Name = Path.GetFileName(path), State = "" };

    public RunRow Row { get; private set; } = new() { Name = Path.GetFileName(path), State = "" };

    /// <summary>Looks whether something changed; a run that trains is asked for its lock now and then, which shows whether it lives.</summary>
    public bool Look(Func<long> version)
    {
        var changed = false;
        for (var i = 0; i < Files.Length; i++)
        {
            var stamp = new FileInfo(Path.Combine(path, Files[i])) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc.Ticks) : (-1, 0);
            if (stamp == _stamps[i])
                continue;
            (_stamps[i], changed) = (stamp, true);
            if (i == 0)
                _run = RunReader.At(path);
        }
        var isOpen = Row.State is "running" or "paused" or "interrupted" or "empty" && DateTime.UtcNow - _asked > TimeSpan.FromSeconds(3);
        if (!changed && !isOpen)
            return false;
        _asked = DateTime.UtcNow;
        var row = Read();
        if (Row.Version > 0 && !changed && row.State == Row.State)
            return false;
        Row = row with { Version = version() };
        return true;
    }

    private RunRow Read()
    {
        var problems = new List<string>();
        var row = Recipe(problems);
        Try(problems, _tail.Refresh);
        Try(problems, _run.History.Refresh);
        if (_run.History.Log.Refusal is { } refusal)
            problems.Add(refusal.Message);
        if (_run.History.Log.Damaged is [var damaged, ..])
            problems.Add(damaged.ToString());
        var notes = new RunNotes();
        Try(problems, () => notes = RunNotes.Read(path));
        var state = _run.History.State;
        var status = state.Status(() => _tail.Step, () => RunReader.IsAbandoned(path));
        return row with
        {
            State = status == RunStatus.Running && state.Paused ? "paused" : status.ToString().ToLowerInvariant(),
            Step = _tail.Step,
            Loss = _tail[Metrics[0]],
            Bits = _tail[Metrics[1]],
            MaxVio = _tail[Metrics[2]],
            Speed = _tail[Metrics[3]],
            Tags = notes.Tags,
            Notes = notes.Text,
            Archived = notes.Archived,
            Changed = Math.Max(0, (_stamps.Skip(1).Take(2).Max(s => s.Written) - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond),
            Problem = problems.Count > 0 ? problems[0] : null,
        };
    }

    private RunRow Recipe(List<string> problems)
    {
        if (!_run.HasRecipe)
        {
            problems.Add($"run '{Row.Name}': the folder has no recipe.yaml");
            return new RunRow { Name = Row.Name, State = "" };
        }
        try
        {
            var recipe = _run.Recipe;
            if (_recipe.Recipe != recipe.Name || _recipe.Experiment.Length == 0)
                _recipe = new RunRow
                {
                    Name = Row.Name,
                    State = "",
                    Recipe = recipe.Name,
                    Steps = recipe.Training.Steps,
                    Experiment = ExperimentKey.Of(recipe),
                    Values = RecipeTree.Leaves(recipe.ToTree(), "").GroupBy(l => l.Path).ToDictionary(g => g.Key, g => g.First().Value),
                };
            return _recipe;
        }
        catch (InputException e)
        {
            problems.Add(e.Message);
            return new RunRow { Name = Row.Name, State = "" };
        }
    }

    private static void Try(List<string> problems, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is MoELabException or IOException or UnauthorizedAccessException)
        {
            problems.Add(e.Message);
        }
    }
}
