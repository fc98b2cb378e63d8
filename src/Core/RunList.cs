using System.Collections;

namespace MoELab;

/// <summary>The runs of a directory, together with the directory.</summary>
/// <param name="directory">The directory, a full path.</param>
/// <param name="runs">Its runs.</param>
internal sealed class RunList(string directory, IReadOnlyList<Run> runs) : IReadOnlyList<Run>
{
    /// <summary>The directory.</summary>
    public string Directory => directory;

    /// <inheritdoc/>
    public int Count => runs.Count;

    /// <inheritdoc/>
    public Run this[int index] => runs[index];

    /// <inheritdoc/>
    public IEnumerator<Run> GetEnumerator() => runs.GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Count == 0 ? "no runs" : Count == 1 ? "1 run" : $"{Count} runs")} in {directory}{string.Concat(runs.Select(r => $"{Environment.NewLine}  {r.Name}"))}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
