using System.Text.RegularExpressions;
using MoELab.Runs.Log;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;
using MoELab.Training;
using MoELab.Training.Checkpoints;

namespace MoELab.Tests.Hostile;

/// <summary>What a training reads that others may have written: the state of a checkpoint, and commands.</summary>
public sealed partial class ResumeInputTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("rsdb")]
    [InlineData("sequential")]
    public void Every_value_of_a_checkpoints_state_is_checked(string packing)
    {
        var run = Stopped("odd", packing);
        var path = Path.Combine(run, "checkpoints", "step-6", "state.json");
        foreach (var other in new[] { "step-4", "step-0" }.Select(s => Path.Combine(run, "checkpoints", s)).Where(Directory.Exists))
            Directory.Delete(other, recursive: true);
        var good = File.ReadAllText(path);
        var refused = 0;
        // Of the recipe's values, which the readers of recipes are attacked with elsewhere, and of the many open documents, a few.
        foreach (var (what, text) in BadJson.Replaced(good, 1).Where((c, i) => !(c.What.StartsWith("recipe.", StringComparison.Ordinal) || c.What.Split(' ')[0].Split('.').Length > 5) || i % 11 == 0))
        {
            File.WriteAllText(path, text);
            Action[] attempts = [() => Trainer.Resume(run, _tiny.Catalog)?.Dispose(), () => LabModel.Load(run, 6, _tiny.Catalog).Dispose(), () => DecayBranch.Of(run, 6, "2")];
            foreach (var attempt in what.StartsWith("stream.", StringComparison.Ordinal) ? attempts[..1] : attempts)
            {
                var failure = Record.Exception(attempt);
                Assert.True(failure is null or InputException, $"{what}: {failure}");
                Assert.True(failure is null || (failure.Message.Length > 0 && !failure.Message.Contains('\n', StringComparison.Ordinal)), $"{what}: {failure?.Message}");
                refused += failure is null ? 0 : 1;
            }
        }
        Assert.True(refused > 60, $"{refused} refused: the replacements hardly hurt");
        File.WriteAllText(path, good);
        using var trainer = Trainer.Resume(run, _tiny.Catalog)!;
        Assert.Equal(TrainingEnd.Finished, trainer.Run());
    }

    [Theory]
    [InlineData("\"vocabulary\":257", "\"vocabulary\":\"x\"", "checkpoint of step 8: state.json: vocabulary is \"x\"; expected a whole number from 1 to")]
    [InlineData("\"vocabulary\":257", "\"vocabulary\":300", "checkpoint of step 8: model.safetensors has a [257, 32] tensor 'model.embed_tokens.weight'; expected [300, 32]")]
    [InlineData("\"recipe\":{", "\"recipe\":[{", "checkpoint of step 8: state.json: not JSON at line 1 (")]
    [InlineData("\"step\":8", "\"step\":7", "checkpoint of step 8: state.json: step is 7; expected 8")]
    [InlineData("\"balancer.safetensors\"", "\"../step-4/balancer.safetensors\"", "checkpoint of step 8: no file '../step-4/balancer.safetensors' there")]
    public void A_checkpoint_that_cannot_be_used_is_told_on_one_line(string good, string bad, string sentence)
    {
        var run = _tiny.Train(name: "odd");
        var path = Path.Combine(run, "checkpoints", "step-8", "state.json");
        var text = File.ReadAllText(path);
        Assert.Contains(good, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));
        Assert.Contains(sentence, CliRun.With(_tiny.Catalog, "generate", run, "--step", "8").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_of_the_inbox_that_is_no_command_is_refused_once_and_the_run_goes_on()
    {
        var rows = new[]
        {
            "{\"id\": 5, \"command\": \"stop\"}", "{\"id\": \"a\"}", "{\"command\": \"stop\"}", "{\"id\": \"a\", \"command\": [\"stop\"]}", "{\"id\": \"a\", \"command\": \"set\", \"path\": 3}",
            "{\"id\": \"a\", \"command\": \"stop\", \"at_step\": \"3\"}", "{\"id\": \"a\", \"command\": \"stop\", \"at_step\": -1}", "{\"id\": \"a\", \"command\": \"stop\", \"at_step\": 1e99}", "[]", "null", "stop", "{\"id\": \"a\", \"command\": \"stop\"",
            "{\"id\": \"a\", \"id\": \"b\", \"command\": \"stop\"}", "{\"id\": \"a\", \"command\": \"set\", \"path\": \"balancer\", \"value\": {\"name\": \"none\", \"name\": \"smebu\"}}", "{\"id\": \"\\ud800\", \"command\": \"stop\"}",
            "{\"id\": \"a\", \"command\": \"set\", \"path\": \"balancer\", \"value\": " + new string('[', 10_000) + "}",
        };
        string run;
        using (var trainer = _tiny.Create(name: "odd"))
        {
            run = trainer.Folder;
            trainer.StepFinished += row =>
            {
                if (row.Step == 2)
                    File.WriteAllLines(Path.Combine(run, "inbox.jsonl"), [.. rows, "{\"id\": \"c\", \"command\": \"pause\"}", "{\"id\": \"d\", \"command\": \"continue\"}", "{\"id\": \"c\", \"command\": \"stop\"}"]);
                if (row.Step == 6)
                    trainer.RequestStop();
            };
            Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        }
        void Told()
        {
            var refused = TinyRuns.Events(run).Where(e => e.Kind == EventKind.Refused).Select(e => e.Message).ToArray();
            Assert.Equal([.. Enumerable.Range(1, rows.Length), rows.Length + 3], refused.Select(m => int.Parse(RowOf().Match(m).Groups[1].Value, CultureInfo.InvariantCulture)));
            Assert.All(refused, m => Assert.Contains("expected", m, StringComparison.Ordinal));
        }
        Told();
        Assert.Equal(["c", "d"], TinyRuns.Events(run).Where(e => e.Kind == EventKind.Ack).Select(e => e.Data!["id"]!.ToString()));
        using (var trainer = Trainer.Resume(run, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, trainer.Run());
        Told();
    }

    [Fact]
    public void Commands_with_any_value_are_obeyed_or_refused()
    {
        string run;
        using var trainer = _tiny.Create(_tiny.Recipe.With("training.steps=4"), "odd");
        run = trainer.Folder;
        string[] paths = ["balancer", "balancer.kappa", "router", "losses", "losses.head-z", "optimizer", "optimizer.groups", "optimizer.muon", "alerts", "schedule", "training.steps", "training.warmup", "training.batch_steps", "data.phases", "", ".", "a..b", "recipe", "name"];
        string[] values = ["null", "[]", "{}", "[[]]", "{\"name\": 3}", "{\"name\": {\"a\": 1}}", "3", "-1e999", "true", "\"text\"", "[null]", "[{\"step\": 2}]", "[{\"step\": 2, \"set\": 3}]", "{\"groups\": 3}", "{\"\": {}}", "{\"reset\": 1}"];
        File.WriteAllLines(Path.Combine(run, "inbox.jsonl"), paths.SelectMany((p, i) => values.Select((v, j) => $"{{\"id\": \"{i}-{j}\", \"command\": \"set\", \"path\": \"{p}\", \"value\": {v}}}")));
        Assert.Null(Record.Exception(() => trainer.Run()));
        Assert.Equal(paths.Length * values.Length, TinyRuns.Events(run).Count(e => e.Kind == EventKind.Ack));
    }

    [GeneratedRegex(@"^inbox\.jsonl, row (\d+): ")]
    private static partial Regex RowOf();

    private string Stopped(string name, string packing = "rsdb")
    {
        using var trainer = _tiny.Create(_tiny.Recipe.With($"data.packing={packing}").With("alerts=[loss > 0 for 50 steps]"), name);
        trainer.StepFinished += row => { if (row.Step == 6) trainer.RequestStop(); };
        Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        return trainer.Folder;
    }
}
