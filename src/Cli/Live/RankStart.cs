using System.Diagnostics;

namespace MoELab.Cli.Live;

/// <summary>How the processes of a training by several are started: by <c>mpirun</c> on this machine, by <c>srun</c> on the nodes of a job of Slurm.</summary>
internal static class RankStart
{
    /// <summary>What is said where the starting program is not.</summary>
    public static string Missing => OnNodes
        ? "there is no 'srun' on this node, which starts the processes of a run on several nodes; expected Slurm's commands there"
        : "there is no 'mpirun' on this machine, which training.ranks needs; install Open MPI (on Debian and Ubuntu the package openmpi-bin), or train with training.ranks=1";

    private static bool OnNodes => int.TryParse(Environment.GetEnvironmentVariable("SLURM_JOB_NUM_NODES"), NumberStyles.None, CultureInfo.InvariantCulture, out var nodes) && nodes > 1;

    /// <summary>The program that starts the processes.</summary>
    /// <param name="program">This program with the words of a rank.</param>
    /// <param name="ranks">How many.</param>
    public static ProcessStartInfo Of(ProcessStartInfo program, int ranks)
    {
        var count = ranks.ToString(CultureInfo.InvariantCulture);
        // A session of its own, so that the terminal's Ctrl+C reaches this program alone, which passes on what ends a step whole.
        var start = new ProcessStartInfo("setsid", [.. OnNodes ? Srun(count) : Mpirun(count), program.FileName, .. program.ArgumentList])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in program.Environment)
            start.Environment[name] = value;
        if (OnNodes)
            return start;
        // Within a job of Slurm mpirun would ask Slurm for processes; these are all of this machine.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("SLURM_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        // Open MPI asks for both before it starts anything as root, as in a container.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        // mpirun gives its processes a terminal, which nobody reads.
        start.Environment["TERM"] = "dumb";
        return start;
    }

    private static string[] Mpirun(string ranks) => ["mpirun", "-n", ranks, "--oversubscribe", "--bind-to", "none", "--quiet"];

    // A step does not inherit the cores of its tasks from the job.
    private static string[] Srun(string ranks) => ["srun", "--mpi=pmix", $"--ntasks={ranks}", "--kill-on-bad-exit=1", "--input=none", "--quiet",
        .. Environment.GetEnvironmentVariable("SLURM_CPUS_PER_TASK") is { Length: > 0 } cores ? [$"--cpus-per-task={cores}"] : Array.Empty<string>()];
}
