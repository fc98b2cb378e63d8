namespace MoELab.Clusters.Definition;

/// <summary>What starts jobs.</summary>
public enum LauncherKind
{
    /// <summary>Slurm's <c>sbatch</c>.</summary>
    Slurm,

    /// <summary>This machine: a process of its own, without a queue, which outlives the program that started it.</summary>
    Local,
}
