using MoELab.Clusters.Definition;
using MoELab.Clusters.Jobs;

namespace MoELab.Clusters.Launching;

/// <summary>This machine without a scheduler: a session of its own for each job, which outlives the program that started it.</summary>
internal sealed class LocalLauncher : ILauncher
{
    public string Requeue => "";

    public IReadOnlyList<string> Head(Cluster cluster, string name, string output, int ranks) => [];

    public string Submit(string script, string output)
    {
        // A shell between, so that the job's parent ends at once and the job belongs to nobody who could take it along.
        var (code, said, error) = Tool.Run("bash", "-c", "setsid bash \"$1\" >> \"$2\" 2>&1 < /dev/null & echo $!", "submit", script, output)
            ?? throw new InputException("there is no 'bash' on this machine, which starts local jobs");
        return code == 0 ? said : throw new InputException($"the job did not start: {error}");
    }

    public JobState State(JobRecord job)
    {
        if (job.Machine != Environment.MachineName)
            throw new RunException($"job '{job.Name}' runs on the machine '{job.Machine}' without a scheduler; ask there");
        return IsAlive(job) ? new JobState(JobPhase.Running, Node: job.Machine) : new JobState(JobPhase.Ended);
    }

    public void Cancel(JobRecord job)
    {
        if (State(job).Phase == JobPhase.Running)
            Tool.Run("kill", "-TERM", job.Id);
    }

    // A number is given again to another process, so its words are compared as well.
    private static bool IsAlive(JobRecord job)
    {
        try
        {
            return File.ReadAllText($"/proc/{job.Id}/cmdline").Contains($"/{JobRecord.Folder}/{job.Name}/{JobRecord.Script}", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
