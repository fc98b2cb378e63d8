using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training;

namespace MoELab.Tests.Training;

[Trait("bug", "resume")]
public sealed class ResumeTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(PackingMode.Rsdb, false)]
    [InlineData(PackingMode.Sequential, false)]
    [InlineData(PackingMode.Rsdb, true)]
    public void A_stopped_and_resumed_run_writes_what_an_unbroken_one_writes(PackingMode packing, bool shuffled)
    {
        var recipe = _tiny.Recipe with { Data = _tiny.Recipe.Data with { Packing = packing, ShuffleTokens = shuffled } };
        var whole = _tiny.Train(recipe, "whole");
        var broken = _tiny.Stop(recipe, "broken", 6);
        Finish(broken);
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(broken));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "routing.bin")), File.ReadAllBytes(Path.Combine(broken, "routing.bin")));
    }

    [Fact]
    public void A_run_whose_text_was_split_by_another_rule_does_not_go_on()
    {
        var broken = _tiny.Stop(_tiny.Recipe, "broken", 5);
        var path = Path.Combine(broken, "environment.json");
        var environment = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        environment["data"]![1]!["hash"] = "0123456789abcdef";
        File.WriteAllText(path, environment.ToJsonString());
        var message = Assert.Throws<RunException>(() => Trainer.Resume(broken, _tiny.Catalog)).Message;
        Assert.Contains("its domain 'words' contains different text now, or was split by an older rule (hash 0123456789abcdef when it began", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_run_goes_back_to_its_checkpoint_and_repeats_the_lost_steps_exactly()
    {
        var whole = _tiny.Train(name: "whole");
        string killed;
        using (var trainer = _tiny.Create(name: "killed"))
        {
            trainer.StepFinished += row => { if (row.Step == 6) throw new OperationCanceledException("as if the process died"); };
            Assert.Throws<OperationCanceledException>(() => trainer.Run());
            killed = trainer.Folder;
        }
        File.AppendAllText(Path.Combine(killed, "metrics.jsonl"), "{\"step\":7,\"lo");
        Finish(killed);
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(killed));
    }

    [Fact]
    public void Alerts_go_on_counting_where_the_checkpoint_was_written()
    {
        // The loss is above 0 at every step: the first rule fires at 3 and not again, the second at 7 whatever happens between.
        var recipe = _tiny.Recipe with { Alerts = ["loss > 0 for 3 steps", "loss > 0 for 7 steps"] };
        static (int, string)[] Alerts(string run) => [.. TinyRuns.Events(run).Where(e => e.Kind == EventKind.Alert).Select(e => (e.Step, e.Message))];
        var whole = _tiny.Train(recipe, "whole");
        Assert.Equal([3, 7], Alerts(whole).Select(a => a.Item1));
        foreach (var (name, last) in (ReadOnlySpan<(string, int)>)[("before", 2), ("between", 5), ("after", 7)])
        {
            var broken = _tiny.Stop(recipe, name, last);
            Finish(broken);
            Assert.Equal(Alerts(whole), Alerts(broken));
        }
    }

    // "auto" may find another kernel on the day of the resume; what the run began with stays, or the run says what took its place.
    [Theory]
    [InlineData("packed", "packed", null)]
    [InlineData("reference", "reference", null)]
    [InlineData("gone", "packed", "kernel 'gone', with which the run began, is not available; 'packed' is used instead")]
    public void A_run_goes_on_with_the_kernel_that_it_began_with(string began, string computes, string? said)
    {
        var broken = _tiny.Stop(_tiny.Recipe, "broken", 5);
        var path = Path.Combine(broken, "environment.json");
        var environment = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        environment["plugins"]!.AsArray().Single(p => p!["kind"]!.GetValue<string>() == "expert-kernel")!["name"] = began;
        File.WriteAllText(path, environment.ToJsonString());
        Finish(broken);
        var events = TinyRuns.Events(broken);
        Assert.Contains($"{computes}@", events.Last(e => e.Kind == EventKind.Restart).Data!["plugins"]!.ToJsonString());
        Assert.Equal(said, events.SingleOrDefault(e => e.Message.Contains("is used instead"))?.Message);
        Assert.Equal("auto", RunReader.Open(broken).Recipe.Kernel.Name);
    }

    [Fact]
    public void A_damaged_checkpoint_falls_back_to_the_one_before_and_says_so()
    {
        var whole = _tiny.Train(name: "whole");
        var run = _tiny.Train(name: "damaged");
        var file = Path.Combine(run, "checkpoints", "step-8", "model.safetensors");
        var bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        Finish(run);
        Assert.Contains(TinyRuns.Events(run), e => e.Kind == EventKind.Error && e.Message.Contains("model.safetensors") && e.Message.Contains("falling back"));
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(run));
    }

    [Fact]
    public void Without_a_checkpoint_a_run_starts_at_the_first_step()
    {
        var run = _tiny.Stop(_tiny.Recipe, "fresh", 3);
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        using var trainer = Trainer.Resume(run, _tiny.Catalog)!;
        Assert.Equal(1, trainer.FirstStep);
        Assert.Contains(TinyRuns.Events(run), e => e.Kind == EventKind.Restart && e.Message.Contains("no checkpoint"));
    }

    [Fact]
    public void A_finished_run_has_nothing_to_resume() => Assert.Null(Trainer.Resume(_tiny.Train(), _tiny.Catalog));

    [Fact]
    public void A_run_in_use_is_refused()
    {
        using var trainer = _tiny.Create(name: "busy");
        var error = Assert.Throws<InputException>(() => Trainer.Resume(trainer.Folder, _tiny.Catalog));
        Assert.Contains("in use", error.Message);
    }

    [Fact]
    public void A_taken_name_becomes_the_next_and_nothing_is_overwritten()
    {
        using var first = _tiny.Create(name: "same");
        using var second = _tiny.Create(name: "same");
        Assert.EndsWith("same-2", second.Folder);
        Assert.Contains(TinyRuns.Events(second.Folder), e => e.Message.Contains("'same' was taken"));
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_earlier_ones()
    {
        using var trainer = _tiny.Create(name: "full");
        trainer.StepFinished += row =>
        {
            // A file where the next checkpoint's folder must be made stands for a disk that takes no more.
            if (row.Step == 7)
                File.WriteAllText(Path.Combine(trainer.Folder, "checkpoints", ".step-8.tmp"), "");
        };
        var error = Assert.Throws<RunException>(() => trainer.Run());
        Assert.Contains("step 8", error.Message);
        Assert.Equal([4], new CheckpointStore(Path.Combine(trainer.Folder, "checkpoints")).Steps);
        Assert.Equal(8, TinyRuns.Rows(trainer.Folder).Length);
    }

    private void Finish(string run)
    {
        using var trainer = Trainer.Resume(run, _tiny.Catalog)!;
        Assert.Equal(TrainingEnd.Finished, trainer.Run());
    }
}
