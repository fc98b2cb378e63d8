namespace MoELab;

/// <summary>What a sweep gave: one run per value.</summary>
/// <param name="Path">The recipe path that differs.</param>
/// <param name="Values">Its values as a recipe writes them.</param>
/// <param name="Runs">The run of each.</param>
public sealed record SweepResult(string Path, IReadOnlyList<string> Values, IReadOnlyList<Run> Runs)
{
    /// <summary>What its figures do not show; stands below them wherever they do.</summary>
    internal const string Caveat = "One run on one seed each: differences may be seed noise.";

    /// <summary>Columns of <see cref="Rows"/>.</summary>
    public IReadOnlyList<string> Columns => [Path, "run", .. RaceResult.Metrics.Select(m => m.Title)];

    /// <summary>One row per value: the value, the run's name and its figures.</summary>
    public IReadOnlyList<object?[]> Rows =>
        [.. Runs.Select((run, i) => (object?[])[Values[i], run.Name, .. RaceResult.Metrics.Select(m => (object?)RaceResult.Figure(run, m.Key))])];

    /// <summary>The table as text, and what it does not show.</summary>
    public override string ToString() => $"{RaceResult.Text(Columns, Rows)}{Environment.NewLine}{Caveat}";
}
