using MoELab.Clusters.Definition;
using MoELab.Clusters.Jobs;

namespace MoELab.Clusters.Launching;

/// <summary>Slurm, through its commands <c>sbatch</c>, <c>squeue</c>, <c>scontrol</c> and <c>scancel</c>.</summary>
internal sealed class SlurmLauncher : ILauncher
{
    // Only the time limit sends this one, so that a job that is cancelled does not come back.
    public const string NoticeSignal = "USR1";

    public string Requeue => "scontrol requeue \"$SLURM_JOB_ID\"";

    public IReadOnlyList<string> Head(Cluster cluster, string name, string output, int ranks)
    {
        // On one node mpirun divides the job's cores among the processes; on several Slurm does.
        var (nodes, here) = JobNodes.Of(cluster, ranks);
        List<string> words = [$"--job-name={name}", $"--output={output}", "--open-mode=append", "--requeue",
            FormattableString.Invariant($"--signal=B:{NoticeSignal}@{cluster.Notice}"), FormattableString.Invariant($"--nodes={nodes}"),
            FormattableString.Invariant($"--ntasks-per-node={(nodes == 1 ? 1 : here)}"),
            FormattableString.Invariant($"--cpus-per-task={(nodes == 1 ? cluster.Cpus : Math.Max(1, cluster.Cpus / here))}")];
        Add("--partition", cluster.Partition);
        Add("--account", cluster.Account);
        Add("--qos", cluster.Qos);
        Add("--time", cluster.Time);
        Add("--mem", cluster.Memory);
        Add("--gpus-per-node", cluster.Gpus > 0 ? cluster.Gpus.ToString(CultureInfo.InvariantCulture) : "");
        Add("--exclude", string.Join(',', cluster.Exclude));
        return [.. words.Concat(cluster.Options).Select(w => $"#SBATCH {w}")];

        void Add(string option, string value)
        {
            if (value.Length > 0)
                words.Add($"{option}={value}");
        }
    }

    public string Submit(string script, string output)
    {
        var (code, said, error) = Tool.Run("sbatch", "--parsable", script)
            ?? throw new InputException("there is no 'sbatch' on this machine; submit from a login node of the cluster, or with a cluster of 'launcher: local'");
        if (code != 0)
            throw new InputException($"Slurm rejects the job: {Plain(error)}");
        return said.Split(';')[0];
    }

    public JobState State(JobRecord job)
    {
        var partition = job.Partition.Length > 0 ? [$"--partition={job.Partition}"] : Array.Empty<string>();
        var (code, said, error) = Tool.Run("squeue", ["--all", "--noheader", "--sort=-p,i", "--format=%A|%T|%r|%N", .. partition])
            ?? throw new RunException("there is no 'squeue' on this machine, so nothing is known about the job; ask on a node of the cluster");
        if (code != 0)
            throw new RunException($"Slurm does not answer: {Plain(error)}");
        var rows = said.Split('\n').Select(l => l.Split('|')).Where(w => w.Length == 4).ToArray();
        if (Array.Find(rows, r => r[0] == job.Id) is not { } row)
            return Ended(job);
        var position = Array.FindIndex(rows.Where(r => r[1] == "PENDING").ToArray(), r => r[0] == job.Id);
        return row[1] switch
        {
            "PENDING" or "REQUEUED" or "REQUEUE_HOLD" => new JobState(JobPhase.Queued, row[2] == "None" ? "" : row[2], position < 0 ? null : position + 1),
            "RUNNING" or "COMPLETING" or "CONFIGURING" or "SUSPENDED" or "STOPPED" or "SIGNALING" or "RESIZING" => new JobState(JobPhase.Running, Node: row[3]),
            _ => new JobState(JobPhase.Ended, row[1]),
        };
    }

    public void Cancel(JobRecord job)
    {
        // The script passes the signal on, waits for the checkpoint and ends; what waits has no script yet.
        var queued = State(job).Phase == JobPhase.Queued;
        var (code, _, error) = Tool.Run("scancel", queued ? [job.Id] : ["--batch", "--signal=TERM", job.Id])
            ?? throw new InputException("there is no 'scancel' on this machine; cancel the job on a node of the cluster");
        if (code != 0 && !error.Contains("Invalid job id", StringComparison.Ordinal))
            throw new InputException($"Slurm does not cancel job {job.Id}: {Plain(error)}");
    }

    // Slurm forgets a job some minutes after its end.
    private static JobState Ended(JobRecord job)
    {
        var words = Tool.Run("scontrol", "show", "job", "--oneliner", job.Id) is (0, var said, _) ? said.Split(' ') : [];
        string? Of(string key) => Array.Find(words, w => w.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..];
        var code = Of("ExitCode") is { } exit && exit != "0:0" ? $", exit code {exit.Split(':')[0]}" : "";
        return new JobState(JobPhase.Ended, Of("JobState") + code, Node: Of("NodeList") ?? "");
    }

    private static string Plain(string error) => error.Replace("sbatch: error: ", "", StringComparison.Ordinal).Replace("scancel: error: ", "", StringComparison.Ordinal)
        .Replace("slurm_load_jobs error: ", "", StringComparison.Ordinal).Replace('\n', ' ').Trim().TrimEnd('.');
}
