using MoELab.Clusters;
using MoELab.Clusters.Jobs;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.EndToEnd;
using MoELab.Tests.Training;

namespace MoELab.Tests.Clusters;

/// <summary>Jobs of a real Slurm with two nodes.</summary>
public sealed class SlurmTests : IDisposable
{
    private readonly SlurmNodes _nodes = new();
    private readonly TinyRuns _tiny = new();
    private readonly string _cluster;

    public SlurmTests()
    {
        _cluster = Path.Combine(_tiny.Folder, "two.yaml");
        File.WriteAllText(_cluster, $"launcher: slurm\npartition: batch\nwork_directory: {_tiny.Folder}\n{_nodes.Setup}\n");
    }

    public void Dispose()
    {
        _nodes.Dispose();
        _tiny.Dispose();
    }

    private MoELab.Lab Lab => new(_tiny.Runs, _tiny.Catalog);

    [Fact]
    public async Task A_notebook_submits_a_run_with_its_own_plugin_and_a_kill_in_the_middle_changes_nothing()
    {
        var recipe = _tiny.Write(_tiny.Recipe.With("training", new { steps = 300, checkpoint_every = 20, eval_every = 100, threads = 1 }));
        string[] cells =
        [
            LeanBalancer.Cell,
            $"var recipe = lab.Recipe(\"{recipe}\").With(\"balancer\", \"lean\");\nvar here = await lab.Train(recipe, name: \"here\");",
            $"var job = await lab.Submit(recipe, on: \"{_cluster}\", name: \"there\");\nConsole.WriteLine(job);",
            "var run = await job.Started();\nawait job.Completion();\nConsole.WriteLine($\"{run.Status} {run.Step}\");",
        ];
        var (book, executed) = (Path.Combine(_tiny.Folder, "book.ipynb"), Path.Combine(_tiny.Folder, "executed.ipynb"));
        File.WriteAllText(book, new JsonObject
        {
            ["cells"] = new JsonArray([.. cells.Select((c, i) => (JsonNode)new JsonObject
            {
                ["cell_type"] = "code", ["id"] = $"cell-{i}", ["metadata"] = new JsonObject(), ["source"] = c, ["outputs"] = new JsonArray(), ["execution_count"] = null,
            })]),
            ["metadata"] = new JsonObject(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString());
        var notebook = Task.Run(() => CliRun.With(MoELab.Plugins.PluginCatalog.Discover(), "notebook", "run", book, "--runs", _tiny.Runs, "--output", executed));
        var there = Path.Combine(_tiny.Runs, "there");
        while (!File.Exists(Path.Combine(there, "metrics.jsonl")) && !notebook.IsCompleted)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        if (!notebook.IsCompleted)
            await ClusterJobs.Kill(Lab.Attach("there"), 60);
        var ran = await notebook;
        Assert.True(ran.Exit == 0, ran.Error);
        Assert.Equal(TinyRuns.Rows(Path.Combine(_tiny.Runs, "here")), TinyRuns.Rows(there));
        Assert.Contains(RunReader.Open(there).Events, e => e.Kind == EventKind.Restart);
        var text = File.ReadAllText(executed);
        Assert.Contains("Finished 300", text, StringComparison.Ordinal);
        // The card of the cell that submitted has become the run's.
        Assert.Contains("there: finished, step 300 of 300", text, StringComparison.Ordinal);
        Assert.Contains("on 'two'", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    public async Task A_run_of_two_processes_whose_second_one_is_killed_comes_back_and_ends_as_if_nothing_had_happened(int ranksPerNode, int nodes)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("MOELAB_MPIRUN") is { Length: > 0 }, "no Open MPI (eng/open-mpi.sh)");
        File.AppendAllText(_cluster, $"ranks_per_node: {ranksPerNode}\n");
        var recipe = DataParallelTests.Shared(_tiny.Recipe).With("training", new { ranks = 2, steps = 120, checkpoint_every = 20, eval_every = 60, threads = 1 });
        var here = await Lab.Train(recipe, name: "here");
        var job = await Lab.Submit(recipe, _cluster, "there");
        var run = await job.Started(cancel: TestContext.Current.CancellationToken);
        await run.Watch(50, TestContext.Current.CancellationToken);
        Assert.Contains(job.State().Node, nodes == 2 ? ["n[1-2]"] : (string[])["n1", "n2"]);
        ClusterJobs.KillOtherRanks(run);
        await job.Completion(TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Finished, run.Status);
        Assert.Contains(run.Read().Events, e => e.Kind == EventKind.Restart);
        Assert.Equal(TinyRuns.Rows(here.FullPath), TinyRuns.Rows(run.FullPath));
        Assert.Contains("data.workers: 4 is not divisible by training.ranks, which is 8",
            (await Assert.ThrowsAsync<InputException>(() => Lab.Submit(recipe.With("training.ranks", 8).With("training.tokens_per_step", 512), _cluster))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_run_on_two_nodes_stops_with_a_checkpoint_of_all_its_processes()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("MOELAB_MPIRUN") is { Length: > 0 }, "no Open MPI (eng/open-mpi.sh)");
        File.AppendAllText(_cluster, "ranks_per_node: 1\n");
        var recipe = DataParallelTests.Shared(_tiny.Recipe).With("training", new { ranks = 2, steps = 1_000_000, checkpoint_every = 0, threads = 1 });
        var job = await Lab.Submit(recipe, _cluster, "there");
        var run = await job.Started(cancel: TestContext.Current.CancellationToken);
        await run.Watch(3, TestContext.Current.CancellationToken);
        job.Cancel();
        await job.Completion(TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Stopped, run.Status);
        Assert.Equal([$"step-{run.Step}"], Directory.GetDirectories(Path.Combine(run.FullPath, "checkpoints")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_job_waits_its_turn_with_place_and_reason_and_can_leave_the_queue()
    {
        foreach (var _ in Enumerable.Range(0, 3))
            Assert.Equal(0, SlurmNodes.Run("sbatch", "--chdir=/", "--output=/dev/null", "--wrap=sleep 600").Exit);
        var job = await Lab.Submit(_tiny.Recipe, _cluster, "waits");
        var state = job.State();
        // The scheduler starts the first two, and has then a reason for the others.
        while (state.Position != 2 || state.Reason.Length == 0)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            state = job.State();
        }
        Assert.Equal(JobPhase.Queued, state.Phase);
        Assert.Contains(state.Reason, (string[])["Priority", "Resources"]);
        Assert.Equal($"job {job.Id} on 'two' (run 'waits'): queued, position 2 ({state.Reason})", job.ToString());
        var error = await Assert.ThrowsAsync<RunException>(() => job.Started(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        Assert.Matches("has not begun within 1 s: queued, position 2 \\((Priority|Resources)\\); it stays where it is", error.Message);
        job.Cancel();
        Assert.Equal("CANCELLED", (await ClusterJobs.Ended(job)).Reason);
        Assert.Contains("has ended (CANCELLED) before its run began", (await Assert.ThrowsAsync<RunException>(() => job.Completion(TestContext.Current.CancellationToken))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notice_of_the_time_limit_saves_a_checkpoint_and_puts_the_job_back_and_a_cancelled_job_stops_with_one()
    {
        var job = await Lab.Submit(_tiny.Recipe.With("training", new { steps = 1_000_000, checkpoint_every = 0 }), _cluster, "long");
        var run = await job.Started(cancel: TestContext.Current.CancellationToken);
        await run.Watch(3, TestContext.Current.CancellationToken);
        Assert.Equal(0, SlurmNodes.Run("scancel", "--batch", "--signal=USR1", job.Id).Exit);
        while (job.State().Phase != JobPhase.Queued)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Stopped, run.Status);
        Assert.Equal([$"step-{run.Step}"], Directory.GetDirectories(Path.Combine(run.FullPath, "checkpoints")).Select(Path.GetFileName));

        var other = await Lab.Submit(_tiny.Recipe.With("training", new { steps = 1_000_000, checkpoint_every = 0 }), _cluster, "other");
        var cancelled = await other.Started(cancel: TestContext.Current.CancellationToken);
        await cancelled.Watch(3, TestContext.Current.CancellationToken);
        other.Cancel();
        await other.Completion(TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Stopped, cancelled.Status);
        Assert.Equal([$"step-{cancelled.Step}"], Directory.GetDirectories(Path.Combine(cancelled.FullPath, "checkpoints")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("partition: nowhere", "Slurm rejects the job: invalid partition specified: nowhere")]
    [InlineData("options: [ --no-such ]", "Slurm rejects the job: ")]
    public async Task What_Slurm_rejects_is_said_in_its_words_and_leaves_nothing(string key, string expected)
    {
        File.WriteAllText(_cluster, $"launcher: slurm\n{key}\n");
        Assert.StartsWith(expected, (await Assert.ThrowsAsync<InputException>(() => Lab.Submit(_tiny.Recipe, _cluster))).Message, StringComparison.Ordinal);
        Assert.Empty(Lab.Jobs());
    }
}
