using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Clusters;

namespace MoELab.Tests.Training;

/// <summary>Whole runs by several processes under <c>mpirun</c>: they train as one process does, stop, resume and change as it does.</summary>
public sealed class RankedRunTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public RankedRunTests()
    {
        if (Environment.GetEnvironmentVariable("MOELAB_MPIRUN") is not { Length: > 0 })
            Assert.Skip("no Open MPI (eng/open-mpi.sh)");
    }

    public void Dispose() => _tiny.Dispose();

    private Recipe Recipe => DataParallelTests.Shared(_tiny.Recipe).With("training", new { threads = 1 });

    private MoELab.Lab Lab => new(_tiny.Runs, _tiny.Catalog);

    [Fact]
    public async Task Two_processes_train_what_one_does_through_a_change_and_an_evaluation()
    {
        var changed = Recipe.With("schedule", new[] { new { step = 4, set = new Dictionary<string, object> { ["balancer"] = "sign-bias" } } });
        var one = RunReader.Open(_tiny.Train(changed, "one"));
        var run = await Lab.Train(changed.With("training.ranks", 2), name: "two");
        Same(one, run.Read());
        Assert.Equal(one.Metrics["eval/loss"].Values[^1], run.Metrics["eval/loss"].Values[^1], 1e-4);
        Assert.Contains(run.Read().Events, e => e.Kind == EventKind.Swap && e.Message.Contains("sign-bias", StringComparison.Ordinal));
        var again = CliRun.With(_tiny.Catalog, "resume", "two", "--runs", _tiny.Runs);
        Assert.Contains("has finished", again.Output + again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_two_processes_began_goes_on_as_one()
    {
        var recipe = Recipe.With("training.steps", 120);
        var one = RunReader.Open(_tiny.Train(recipe, "one"));
        var run = Lab.Start(recipe.With("training.ranks", 2), "two");
        await run.Watch(3, TestContext.Current.CancellationToken);
        run.Stop();
        await run.Completion;
        Assert.InRange(run.Step, 3, 119);
        // The checkpoint has the place of every rank in the data.
        var again = CliRun.With(_tiny.Catalog, "resume", "two", "--ranks", "1", "--runs", _tiny.Runs);
        Assert.True(again.Exit == 0, again.Error);
        Same(one, run.Read());
        Assert.Contains(run.Read().Events, e => e.Message == "continues on one process (was 2)");
    }

    [Fact]
    public async Task A_killed_rank_ends_the_run_which_resumes_to_the_same_bits()
    {
        var recipe = Recipe.With("training", new { ranks = 2, steps = 40, checkpoint_every = 5 });
        var whole = await Lab.Train(recipe, name: "whole");
        var run = Lab.Start(recipe, "killed");
        await run.Watch(7, TestContext.Current.CancellationToken);
        ClusterJobs.KillOtherRanks(run);
        await Assert.ThrowsAsync<RunException>(() => run.Completion);
        Assert.Equal(RunStatus.Interrupted, run.Status);
        await run.Resume().Completion;
        Assert.Equal(TinyRuns.Rows(whole.FullPath), TinyRuns.Rows(run.FullPath));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_of_two_processes_stops_after_a_whole_step(bool signal)
    {
        var run = Lab.Start(Recipe.With("training", new { ranks = 2, steps = 100_000 }), "stopped");
        await run.Watch(3, TestContext.Current.CancellationToken);
        run.Pause();
        await Task.Delay(500, TestContext.Current.CancellationToken);
        run.Continue();
        if (signal)
            ClusterJobs.Terminate(run);
        else
            run.Stop();
        await run.Completion;
        Assert.Equal(RunStatus.Stopped, run.Status);
        Assert.Contains(run.Read().Events, e => e.Kind == EventKind.Checkpoint && e.Step == run.Step);
    }

    [Theory]
    [InlineData("training.ranks=3", "training.tokens_per_step: 3 ranks cannot share 256 tokens evenly")]
    [InlineData("data.workers=3", "data.workers: 3 is not divisible by training.ranks, which is 2")]
    public void What_so_many_processes_cannot_share_is_refused_before_they_start(string change, string expected)
    {
        var file = _tiny.Write(Recipe.With("training.ranks", 2));
        Assert.Contains(expected, CliRun.With(_tiny.Catalog, "train", file, "--set", change, "--runs", _tiny.Runs).Refused(), StringComparison.Ordinal);
        Assert.Contains("training.ranks: 2 processes train this recipe together, which 'moelab train' starts",
            Assert.Throws<InputException>(() => _tiny.Create(Recipe.With("training.ranks", 2))).Message, StringComparison.Ordinal);
    }

    private static void Same(RunReader one, RunReader many)
    {
        Assert.Equal(one.Metrics.Steps, many.Metrics.Steps);
        // Rounding grows with the steps.
        foreach (var (step, (expected, actual)) in one.Metrics.Steps.Zip(one.Metrics["loss"].Values.Zip(many.Metrics["loss"].Values)))
            Assert.Equal(expected, actual, step <= 12 ? 1e-4 : 0.05);
        foreach (var step in one.Metrics.Steps.Take(2))
            Assert.Equal(one.Counts(step).Cast<long>(), many.Counts(step).Cast<long>());
        Assert.Equal(one.Metrics["tokens_total"].Values, many.Metrics["tokens_total"].Values);
    }
}
