using MoELab.Tests.Training;

namespace MoELab.Tests.Cli;

/// <summary><c>export</c> of what AFMoE has words for, of what it has not, and of what is forced.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void What_other_tools_would_read_as_another_model_is_refused_unless_forced()
    {
        var run = _tiny.Train(_tiny.Recipe.With("router", "top-k-softmax").With("model.gated_attention", false).With("training.steps", 2));
        var target = Path.Combine(_tiny.Folder, "model");
        var sentence = Cli("export", run, target).Refused();
        Assert.Contains("router 'top-k-softmax'", sentence, StringComparison.Ordinal);
        Assert.Contains("model.gated_attention: false", sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));

        var forced = Cli("export", run, target, "--force");
        Assert.Equal((0, target + "\n"), (forced.Exit, forced.Output));
        Assert.Equal(2, forced.Error.Split('\n').Count(l => l.StartsWith("warning: AFMoE's config.json cannot express", StringComparison.Ordinal)));
        // MoELab reads it back as it was.
        var tokens = Path.Combine(_tiny.Folder, "tokens.json");
        File.WriteAllText(tokens, "[256, 104, 101]");
        Assert.Equal(0, Cli("logits", target, "--tokens", tokens, "--output", Path.Combine(_tiny.Folder, "logits.json")).Exit);
        using var model = LabModel.Load(run, null, _tiny.Catalog);
        var own = model.Logits([256, 104, 101]).data<float>().ToArray();
        Assert.Equal(own, JsonNode.Parse(File.ReadAllText(Path.Combine(_tiny.Folder, "logits.json")))!["logits"]!.AsArray().SelectMany(r => r!.AsArray().Select(v => v!.GetValue<float>())));
    }

    [Fact]
    public void What_only_some_readers_honour_is_said()
    {
        var run = _tiny.Train(_tiny.Recipe.With("router", "softmax-top-k").With("training.steps", 2));
        var export = Cli("export", run, Path.Combine(_tiny.Folder, "model"));
        Assert.Equal(0, export.Exit);
        Assert.Contains("the folder contains files", Cli("export", run, Path.Combine(_tiny.Folder, "model")).Refused(), StringComparison.Ordinal);
        Assert.StartsWith("note: config.json says score_func softmax, route_norm false; ", export.Error, StringComparison.Ordinal);
        Assert.Equal("", Cli("export", _tiny.Train(_tiny.Recipe.With("training.steps", 2)), Path.Combine(_tiny.Folder, "released")).Error);
    }

    [Fact]
    public void Generating_with_a_router_that_saw_later_tokens_says_so()
    {
        var run = _tiny.Train(_tiny.Recipe.With("router", "sinkhorn").With("training.steps", 2));
        var generated = Cli("generate", run, "--tokens", "2");
        Assert.Equal(0, generated.Exit);
        Assert.StartsWith("note: router 'sinkhorn' lets a token's choice depend on later tokens in training", generated.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_dict_gives_the_logits_of_safetensors()
    {
        var run = _tiny.Train(_tiny.Recipe.With("training.steps", 2));
        var (tokens, logits) = (Path.Combine(_tiny.Folder, "tokens.json"), new List<string>());
        File.WriteAllText(tokens, "[256, 104, 101]");
        foreach (var (format, weights) in (ReadOnlySpan<(string, string)>)[("safetensors", "model.safetensors"), ("pt", "model.pt")])
        {
            var (target, output) = (Path.Combine(_tiny.Folder, format), Path.Combine(_tiny.Folder, $"{format}.json"));
            Assert.Equal(0, Cli("export", run, target, "--format", format).Exit);
            Assert.Equal(["config.json", weights, "tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(0, Cli("logits", target, "--tokens", tokens, "--output", output).Exit);
            logits.Add(File.ReadAllText(output));
        }
        Assert.Equal(logits[0], logits[1]);
        Assert.Contains("onnx", Cli("export", run, Path.Combine(_tiny.Folder, "c"), "--format", "onnx").Refused(), StringComparison.Ordinal);
    }

    private CliRun Cli(params string[] args) => CliRun.With(_tiny.Catalog, args);
}
