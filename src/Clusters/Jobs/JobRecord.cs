using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MoELab.Clusters.Definition;
using MoELab.Runs.Folder;

namespace MoELab.Clusters.Jobs;

/// <summary>A job on disk: <c>runs/jobs/NAME/job.json</c>, beside the recipe that it trains, its script and its output.</summary>
internal sealed record JobRecord
{
    /// <summary>The folder of jobs in a directory of runs.</summary>
    public const string Folder = RunPaths.Jobs;

    public const string File = "job.json", Recipe = "recipe.yaml", Script = "job.sh", Output = "output.txt";

    [Range(1, 1), Description("version of these keys")]
    public int Schema { get; init; } = 1;

    [Description("name of the job's run")]
    public string Name { get; init; } = "";

    [Description("the scheduler's number of the job")]
    public string Id { get; init; } = "";

    [Description("name of the cluster")]
    public string Cluster { get; init; } = "";

    [Description("what started the job")]
    public LauncherKind Launcher { get; init; }

    [Description("partition, by which waiting jobs are counted")]
    public string Partition { get; init; } = "";

    [Description("machine that submitted it")]
    public string Machine { get; init; } = "";

    [Description("when it was submitted, UTC")]
    public string Submitted { get; init; } = "";
}
