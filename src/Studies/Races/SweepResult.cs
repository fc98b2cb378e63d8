using MoELab.Studies.Results;

namespace MoELab.Studies.Races;

/// <summary>The result of a sweep: one run per value.</summary>
/// <param name="Path">The recipe path that varies.</param>
/// <param name="Values">Its values, as written in a recipe.</param>
/// <param name="Runs">The run of each.</param>
public sealed record SweepResult(string Path, IReadOnlyList<string> Values, IReadOnlyList<Run> Runs)
{
    /// <summary>The warning shown below the figures.</summary>
    internal const string Caveat = "One run on one seed each: differences may be seed noise.";

    /// <summary>Columns of <see cref="Rows"/>.</summary>
    public IReadOnlyList<string> Columns => [Path, "run", .. RaceResult.Metrics.Select(m => m.Title)];

    /// <summary>One row per value: the value, the run's name and its figures.</summary>
    public IReadOnlyList<object?[]> Rows =>
        [.. Runs.Select((run, i) => (object?[])[Values[i], run.Name, .. RaceResult.Metrics.Select(m => (object?)RaceResult.Figure(run, m.Key))])];

    /// <summary>The table as text, with the warning.</summary>
    public override string ToString() => $"{TextTable.Of(Columns, Rows)}{Environment.NewLine}{Caveat}";
}
