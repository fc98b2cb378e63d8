using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Training;

namespace MoELab.Tests.Training;

public sealed class OutOfMemoryTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public OutOfMemoryTests()
    {
        _tiny.Catalog.Register(typeof(HungryKernel));
        _tiny.Catalog.Register(typeof(HungryBalancer));
    }

    public void Dispose() => _tiny.Dispose();

    // Two micro-batches of two layers a step make 4 calls; recomputing makes 8.
    [Theory]
    [InlineData(false, false, 8)]
    [InlineData(true, false, 8)]
    [InlineData(false, true, 16)]
    [InlineData(true, true, 16)]
    public void A_step_without_enough_memory_fails_in_one_sentence_and_the_run_goes_on_from_the_step_before(bool backward, bool recompute, int calls)
    {
        var recipe = Hungry(calls, backward).With("training.activation_checkpointing", recompute);
        using var trainer = _tiny.Create(recipe);
        var error = Assert.Throws<RunException>(() => trainer.Run());
        Assert.Equal("step 3: out of memory on the CPU (1,048,576 GiB requested at once); lower training.micro_batch_tokens (128) or training.sequence_length (32)"
            + (recompute ? "" : ", or turn on training.activation_checkpointing") + "; resume continues after the checkpoint of step 2", error.Message);
        trainer.Dispose();

        var run = RunReader.Open(trainer.Folder);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Equal(error.Message, run.Events[^1].Message);
        Assert.Equal([1, 2], run.Metrics.Steps);
        Assert.Equal([2], new CheckpointStore(run.PathOf("checkpoints")).Steps);

        Inbox.Send(trainer.Folder, CommandKind.Set, "training.micro_batch_tokens", 64);
        using (var resumed = Trainer.Resume(trainer.Folder, _tiny.Catalog)!)
        {
            Assert.Equal(3, resumed.FirstStep);
            Assert.Equal(TrainingEnd.Finished, resumed.Run());
        }
        Assert.Equal(RunStatus.Finished, RunReader.Open(trainer.Folder).Status);
        // The step that failed had read data, and is run on the same again.
        var planned = recipe.With("kernel.calls", 1000) with { Schedule = [new ScheduledChange { Step = 3, Set = new Dictionary<string, JsonNode?> { ["training.micro_batch_tokens"] = 64 } }] };
        Assert.Equal(TinyRuns.Rows(_tiny.Train(planned, "planned")), TinyRuns.Rows(trainer.Folder));
    }

    [Fact]
    public void A_step_that_has_moved_something_is_not_saved()
    {
        using var trainer = _tiny.Create(_tiny.Recipe.With("balancer", "hungry"));
        Assert.EndsWith("; there is no checkpoint yet", Assert.Throws<RunException>(() => trainer.Run()).Message, StringComparison.Ordinal);
        Assert.Empty(new CheckpointStore(Path.Combine(trainer.Folder, "checkpoints")).Steps);
    }

    [Fact]
    public void The_kernel_that_can_keep_less_is_named()
    {
        using var trainer = _tiny.Create(_tiny.Recipe.With("balancer", "hungry").With("training.micro_batch_tokens", 32));
        var message = Assert.Throws<RunException>(() => trainer.Run()).Message;
        Assert.Contains("; lower training.sequence_length (32), or turn on training.activation_checkpointing or 'recompute' of the kernel 'packed'; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_says_it_and_resumes_with_less()
    {
        var file = _tiny.Write(Hungry(8, backward: true));
        var failed = CliRun.With(_tiny.Catalog, "train", file, "--runs", _tiny.Runs, "--name", "a");
        Assert.Equal(1, failed.Exit);
        Assert.Contains("moelab: step 3: out of memory on the CPU", failed.Error, StringComparison.Ordinal);
        Assert.Contains("training.micro_batch_token: unknown key", CliRun.With(_tiny.Catalog, "resume", "a", "--runs", _tiny.Runs, "--set", "training.micro_batch_token=64").Refused(), StringComparison.Ordinal);
        Assert.Equal(0, CliRun.With(_tiny.Catalog, "resume", "a", "--runs", _tiny.Runs, "--set", "training.micro_batch_tokens=64").Exit);
        var run = RunReader.Open("a", _tiny.Runs);
        Assert.Equal(RunStatus.Finished, run.Status);
        Assert.Contains(run.Events, e => e.Message == "training.micro_batch_tokens = 64 from step 3 (inbox)");
    }

    private Recipe Hungry(int calls, bool backward) => _tiny.Recipe.With("kernel", new { name = "hungry", calls, backward }).With("training.eval_every", 0);
}
