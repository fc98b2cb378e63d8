using System.Diagnostics;
using MoELab.Clusters;
using MoELab.Clusters.Jobs;

namespace MoELab.Tests.Clusters;

/// <summary>What tests do to jobs.</summary>
internal static class ClusterJobs
{
    /// <summary>Kills the process that trains a run as soon as it has logged a step.</summary>
    public static async Task Kill(Run run, int step)
    {
        await run.Watch(step, TestContext.Current.CancellationToken);
        using var process = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(run.FullPath, "process")).Split(' ')[0], CultureInfo.InvariantCulture));
        process.Kill();
    }

    /// <summary>Kills the processes of a run by several that do not have its folder.</summary>
    public static void KillOtherRanks(Run run) => SignalOtherRanks(run, "KILL");

    /// <summary>Sends a signal to the processes of a run by several that do not have its folder.</summary>
    public static void SignalOtherRanks(Run run, string signal)
    {
        var first = File.ReadAllText(Path.Combine(run.FullPath, "process")).Split(' ')[0];
        var others = Processes(run, rank: true).Where(p => p != first).ToArray();
        Assert.NotEmpty(others);
        Assert.All(others, p => Signal(p, signal));
    }

    /// <summary>Sends SIGTERM to the program that started the processes of a run by several.</summary>
    public static void Terminate(Run run) => Signal(Assert.Single(Processes(run, rank: false)), "TERM");

    private static void Signal(string process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process]);
        kill.WaitForExit();
    }

    private static IEnumerable<string> Processes(Run run, bool rank) => Directory.EnumerateDirectories("/proc").Select(f => Path.GetFileName(f)!)
        .Where(p => char.IsAsciiDigit(p[0]) && Words(p) is var words && words.Contains("--rank", StringComparer.Ordinal) == rank
            && words.Any(w => w == run.Name || w.EndsWith('/' + run.Name, StringComparison.Ordinal)) && !words.Contains("mpirun", StringComparer.Ordinal));

    /// <summary>The state of a job once it has ended.</summary>
    public static async Task<JobState> Ended(Job job)
    {
        while (job.State() is var state)
        {
            if (state.Phase == JobPhase.Ended)
                return state;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        throw new InvalidOperationException();
    }

    private static string[] Words(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
