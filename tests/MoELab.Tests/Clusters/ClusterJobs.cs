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
}
