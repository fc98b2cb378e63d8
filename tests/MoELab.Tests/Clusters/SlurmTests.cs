using MoELab.Clusters;
using MoELab.Clusters.Jobs;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;

namespace MoELab.Tests.Clusters;

/// <summary>Jobs of a real Slurm with two nodes.</summary>
public sealed class SlurmTests : IDisposable
{
    private const string Balancer = """
        #!plugin define
        [Plugin("lean", "the sign rule, from a cell")]
        public sealed class Lean(LeanOptions options) : IBalancer
        {
            public BalancerState CreateState(int layers, int experts) => new(layers, experts);

            public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
            {
                using var scope = torch.NewDisposeScope();
                var counts_LE = stats.Counts_LE.to(torch.float32);
                state.Bias_LE.add_(options.Gamma * torch.sign(counts_LE.mean([-1], keepdim: true) - counts_LE));
            }
        }

        public sealed record LeanOptions
        {
            [Range(0.0, 1.0), Description("step of the bias")]
            public double Gamma { get; init; } = 0.01;
        }
        """;

    private readonly SlurmNodes _nodes = new();
    private readonly TinyRuns _tiny = new();
    private readonly string _cluster;

    public SlurmTests()
    {
        _cluster = Path.Combine(_tiny.Folder, "two.yaml");
        File.WriteAllText(_cluster, $"launcher: slurm\npartition: batch\nwork_directory: {_tiny.Folder}\nsetup: [ 'export MOELAB_TEST=1' ]\n");
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
            Balancer,
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
