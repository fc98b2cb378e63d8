using System.Collections.ObjectModel;

namespace MoELab;

/// <summary>The runs of a directory, together with the directory.</summary>
internal sealed class RunList(string directory, IList<Run> runs) : ReadOnlyCollection<Run>(runs)
{
    public string Directory => directory;

    public override string ToString() => $"{(Count == 0 ? "no runs" : Count == 1 ? "1 run" : $"{Count} runs")} in {directory}"
        + string.Concat(this.Select(r => $"{Environment.NewLine}  {r.Name}"));
}
