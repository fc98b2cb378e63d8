using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Clusters.Definition;

/// <summary>Where jobs run and what each asks for: a YAML file beside the recipes, or in the user's configuration.</summary>
public sealed record Cluster
{
    /// <summary>The cluster's name; the file's where it is left out.</summary>
    [Description("the cluster's name")]
    public string Name { get; init; } = "";

    /// <summary>What starts jobs.</summary>
    [Description("what starts jobs: slurm, or local for this machine without a scheduler")]
    public LauncherKind Launcher { get; init; } = LauncherKind.Slurm;

    /// <summary>A directory that every node sees under the same path; runs must be below it. Empty: not checked.</summary>
    [Description("directory that every node sees under the same path; the directory of runs must be below it")]
    public string WorkDirectory { get; init; } = "";

    /// <summary>The command that starts MoELab on a node. Empty: the program that submits.</summary>
    [Description("command that starts MoELab on a node")]
    public string Program { get; init; } = "";

    /// <summary>Words before the program, such as those that start a container.</summary>
    [Description("words before the program, such as 'apptainer exec moelab.sif'")]
    public string Prefix { get; init; } = "";

    /// <summary>Environment modules that a job loads.</summary>
    [Description("environment modules that a job loads")]
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Lines of shell that a job runs before it trains.</summary>
    [Description("lines of shell that a job runs before it trains")]
    public IReadOnlyList<string> Setup { get; init; } = [];

    /// <summary>Slurm's partition. Empty: the cluster's default.</summary>
    [Description("partition")]
    public string Partition { get; init; } = "";

    /// <summary>The account that pays.</summary>
    [Description("account that pays")]
    public string Account { get; init; } = "";

    /// <summary>Slurm's quality of service.</summary>
    [Description("quality of service")]
    public string Qos { get; init; } = "";

    /// <summary>Time limit in Slurm's form. Empty: the partition's.</summary>
    [RegularExpression(@"(\d+-)?\d+(:\d+){0,2}", ErrorMessage = "not a time limit; expected such as 30 (minutes), 12:00:00 or 2-00:00:00"), Description("time limit, such as 30 (minutes), 12:00:00 or 2-00:00:00")]
    public string Time { get; init; } = "";

    /// <summary>Processes of a run (<c>training.ranks</c>) that one node takes; a run with more gets several nodes. 0: one node takes all.</summary>
    [Range(0, 4096), Description("processes of a run (training.ranks) on one node, so that a run with more gets several nodes; 0: one node takes all")]
    public int RanksPerNode { get; init; }

    /// <summary>Cores of a job on each node, and the threads of its run there.</summary>
    [Range(1, 4096), Description("cores of a job on each node")]
    public int Cpus { get; init; } = 1;

    /// <summary>Memory of a job on each node in Slurm's form. Empty: the partition's.</summary>
    [RegularExpression(@"\d+[KMGT]?", ErrorMessage = "not an amount of memory; expected such as 16G"), Description("memory of a job on each node, such as 16G")]
    public string Memory { get; init; } = "";

    /// <summary>GPUs of a job on each node.</summary>
    [Range(0, 64), Description("GPUs of a job on each node")]
    public int Gpus { get; init; }

    /// <summary>Nodes on which no job starts.</summary>
    [Description("nodes on which no job starts")]
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Further options of <c>sbatch</c>, such as <c>--constraint=h100</c>.</summary>
    [Description("further options of sbatch, such as --constraint=h100")]
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>How often a job starts its training again after its process has died.</summary>
    [Range(0, 1000), Description("how often a job starts again after its process has died")]
    public int Restarts { get; init; } = 3;

    /// <summary>Seconds without a finished step after which a run's processes are ended and started again; more than the longest step takes. 0: never.</summary>
    [Range(0, 86_400), Description("seconds without a finished step after which a run's processes are ended and started again; 0: never")]
    public int Heartbeat { get; init; } = 180;

    /// <summary>Seconds before the time limit at which a run saves a checkpoint and the job goes back into the queue.</summary>
    [Range(10, 3600), Description("seconds before the time limit at which the run saves a checkpoint and the job goes back into the queue")]
    public int Notice { get; init; } = 120;
}
