using MoELab.Clusters.Definition;
using MoELab.Runs.Folder;

namespace MoELab.Clusters.Launching;

/// <summary>The script of a job: it trains or resumes one run until it has ended, whatever happens to the process that trains it.</summary>
internal static class JobScript
{
    /// <summary>Exit code of a job whose folder its node does not see.</summary>
    public const int NotShared = 90;

    /// <summary>Exit code of a job whose run another job trains.</summary>
    public const int Taken = 91;

    public static string Of(Cluster cluster, ILauncher launcher, string name, string runs, string job, IEnumerable<string> program, int ranks,
        IReadOnlyDictionary<string, string> environment)
    {
        var run = Path.Combine(runs, name);
        var words = cluster.Prefix.Length > 0 ? cluster.Prefix + " " : "";
        var command = cluster.Program.Length > 0 ? cluster.Program : string.Join(' ', program.Select(Quoted));
        var heartbeat = FormattableString.Invariant($"--heartbeat {cluster.Heartbeat}");
        List<string> lines =
        [
            "#!/bin/bash",
            .. launcher.Head(cluster, name, Path.Combine(job, Jobs.JobRecord.Output), ranks),
            "# Written by MoELab. Trains the run, or resumes it from its newest checkpoint, until it has ended.",
            $"run={Quoted(run)}",
            $"job={Quoted(job)}",
            $"if [ ! -d \"$job\" ]; then echo \"$job is not visible on $(hostname)\" >&2; exit {NotShared}; fi",
            "# Held until the job ends: between two starts the run is not left alone.",
            $"exec 9>\"$job/{RunPaths.Alive}\"",
            $"if command -v flock > /dev/null && ! flock -n 9; then echo \"another job trains this run\" >&2; exit {Taken}; fi",
            .. environment.Select(v => $"export {v.Key}={Quoted(v.Value)}"),
            .. cluster.Modules.Select(m => $"module load {Quoted(m)}"),
            .. cluster.Setup,
            "child= ended= restarts=0",
            // The signal goes on to the training, which finishes its step and saves a checkpoint.
            "pass() { ended=$1; [ -n \"$child\" ] && kill -TERM \"$child\" 2>/dev/null; wait \"$child\" 2>/dev/null; }",
            $"trap 'pass requeue' {SlurmLauncher.NoticeSignal}",
            "trap 'pass cancel' TERM INT",
            "while [ -z \"$ended\" ]; do",
            "    if [ -e \"$run/recipe.yaml\" ]; then",
            $"        {words}{command} resume \"$run\" {heartbeat} &",
            "    else",
            // What a start left that died before it wrote its recipe; the name belongs to this job.
            "        [ $restarts -gt 0 ] && rm -rf -- \"$run\"",
            $"        {words}{command} train \"$job/{Jobs.JobRecord.Recipe}\" --runs {Quoted(runs)} --name {Quoted(name)} {heartbeat} &",
            "    fi",
            "    child=$!",
            "    wait \"$child\"",
            "    code=$?",
            "    [ -n \"$ended\" ] && break",
            "    # 0: the run has ended; 2: it cannot be trained as it is; the rest is worth another start.",
            "    if [ $code = 0 ] || [ $code = 2 ]; then exit $code; fi",
            FormattableString.Invariant($"    if [ $restarts -ge {cluster.Restarts} ]; then echo \"ended with exit code $code after $restarts restarts\" >&2; exit $code; fi"),
            "    restarts=$((restarts + 1))",
            "    echo \"the process ended with exit code $code; start $restarts of it again\" >&2",
            "done",
            .. launcher.Requeue.Length > 0 ? new[] { $"if [ \"$ended\" = requeue ]; then {launcher.Requeue}; fi" } : [],
            "exit 0",
        ];
        return string.Join('\n', lines) + "\n";
    }

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
