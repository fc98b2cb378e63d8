using System.Collections.ObjectModel;

namespace MoELab;

/// <summary>The runs of a directory, together with the directory.</summary>
/// <param name="directory">The directory, a full path.</param>
/// <param name="runs">Its runs.</param>
internal sealed class RunList(string directory, IList<Run> runs) : ReadOnlyCollection<Run>(runs)
{
    public string Directory => directory;

    public override string ToString() => $"{(Count == 0 ? "no runs" : Count == 1 ? "1 run" : $"{Count} runs")} in {directory}"
        + string.Concat(this.Select(r => $"{Environment.NewLine}  {r.Name}"));
}
