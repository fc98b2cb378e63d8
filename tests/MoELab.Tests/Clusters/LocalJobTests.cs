using MoELab.Clusters;
using MoELab.Clusters.Jobs;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;

namespace MoELab.Tests.Clusters;

/// <summary>Jobs of this machine without a scheduler.</summary>
public sealed class LocalJobTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private MoELab.Lab Lab => new(_tiny.Runs, _tiny.Catalog);

    [Fact]
    public async Task A_killed_process_is_started_again_and_the_run_is_as_if_nothing_had_happened()
    {
        var recipe = _tiny.Recipe.With("training", new { steps = 300, checkpoint_every = 20, eval_every = 100 });
        var whole = _tiny.Train(recipe, "whole");
        var job = await Lab.Submit(recipe, "local", "job");
        var run = await job.Started(cancel: TestContext.Current.CancellationToken);
        await ClusterJobs.Kill(run, 60);
        // A run that its job starts again is not interrupted, whoever looks.
        await run.Completion;
        Assert.Equal(RunStatus.Finished, run.Status);
        await job.Completion(TestContext.Current.CancellationToken);
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(run.FullPath));
        Assert.Contains(run.Read().Events, e => e.Kind == EventKind.Restart);
        Assert.Contains("exit code 137; start 1 of it again", File.ReadAllText(job.Output), StringComparison.Ordinal);
        Assert.Equal(JobPhase.Ended, (await ClusterJobs.Ended(job)).Phase);
    }

    [Fact]
    public async Task A_process_that_hangs_and_holds_the_others_up_is_ended_and_the_run_comes_back()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("MOELAB_MPIRUN") is { Length: > 0 }, "no Open MPI (eng/open-mpi.sh)");
        var cluster = Path.Combine(_tiny.Folder, "here.yaml");
        File.WriteAllText(cluster, "launcher: local\nheartbeat: 10\n");
        var recipe = DataParallelTests.Shared(_tiny.Recipe).With("training", new { ranks = 2, steps = 120, checkpoint_every = 20, eval_every = 60, threads = 1 });
        var whole = await Lab.Train(recipe, name: "whole");
        var job = await Lab.Submit(recipe, cluster, "job");
        var run = await job.Started(cancel: TestContext.Current.CancellationToken);
        await run.Watch(50, TestContext.Current.CancellationToken);
        ClusterJobs.SignalOtherRanks(run, "STOP");
        await job.Completion(TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Finished, run.Status);
        var events = run.Read().Events.Select(e => (e.Kind, e.Message)).ToArray();
        Assert.Contains((EventKind.Error, "no step has ended for 10 s: the process hangs and is killed"), events);
        Assert.Contains(events, e => e.Kind == EventKind.Restart);
        Assert.Equal(TinyRuns.Rows(whole.FullPath), TinyRuns.Rows(run.FullPath));
    }

    [Fact]
    public async Task The_command_line_submits_lists_and_cancels_and_the_run_has_its_checkpoint()
    {
        var file = _tiny.Write(_tiny.Recipe.With("training", new { steps = 1_000_000 }));
        JsonNode Said(params string[] words) => CliRun.With(_tiny.Catalog, [.. words, "--runs", _tiny.Runs, "--json"]).Json;
        var submitted = Said("submit", file, "--on", "local", "--name", "long", "--wait", "60");
        Assert.Equal(("long", "local", "running"), ((string?)submitted["run"], (string?)submitted["cluster"], (string?)submitted["state"]));
        // The name is the job's until somebody deletes the run.
        var second = await Lab.Submit(_tiny.Recipe, "local", "long");
        Assert.Equal("long-2", second.Name);
        await second.Completion(TestContext.Current.CancellationToken);
        Assert.Equal(["long-2", "long"], Said("jobs").AsArray().Select(j => (string?)j!["run"]));
        var run = Lab.Attach("long");
        await run.Watch(5, TestContext.Current.CancellationToken);
        Said("cancel", "long");
        await ClusterJobs.Ended(Lab.Job("long"));
        Assert.Equal(RunStatus.Stopped, run.Status);
        Assert.Equal(run.Step, int.Parse(Directory.GetDirectories(Path.Combine(run.FullPath, "checkpoints")).Max(d => Path.GetFileName(d)["step-".Length..].PadLeft(9, '0'))!, CultureInfo.InvariantCulture));
        Assert.Equal("job 'lnog': no run of that name was submitted from '" + _tiny.Runs + "'; did you mean 'long'?",
            CliRun.With(_tiny.Catalog, "cancel", "lnog", "--runs", _tiny.Runs).Refused());
    }

    [Fact]
    public async Task A_job_that_ends_before_its_run_says_why()
    {
        // The text is gone when the job begins to read it.
        var lost = Path.Combine(_tiny.Folder, "lost.jsonl");
        File.WriteAllText(lost, "{}");
        var job = await Lab.Submit(_tiny.Recipe.With("data", new { sources = new { lost } }), "local", "poor");
        File.Delete(lost);
        var error = await Assert.ThrowsAsync<RunException>(() => job.Started(cancel: TestContext.Current.CancellationToken));
        Assert.StartsWith($"job {job.Id} on 'local' has ended before its run began: moelab: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("lost.jsonl", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"({job.Output})", error.Message, StringComparison.Ordinal);
    }
}
