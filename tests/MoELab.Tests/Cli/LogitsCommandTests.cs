using MoELab.Data.Tokenization;

namespace MoELab.Tests.Cli;

public sealed class LogitsCommandTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden", "afmoe-tiny");

    [Fact]
    public void The_golden_checkpoint_gives_the_golden_logits_at_every_position()
    {
        var expected = Values(Path.Combine(Golden, "logits.json"));
        var actual = Values(Logits(Golden, Path.Combine(Golden, "tokens.json")));
        Assert.Equal(expected.Select(r => r.Length), actual.Select(r => r.Length));
        var (e, a) = (expected.SelectMany(r => r).ToArray(), actual.SelectMany(r => r).ToArray());
        Assert.True(Math.Sqrt(e.Zip(a, (x, y) => (x - y) * (x - y)).Sum() / e.Sum(x => x * x)) < 2e-4);
        Assert.All(e.Zip(a), p => Assert.Equal(p.First, p.Second, 2e-4));
    }

    [Fact]
    public void A_run_exported_and_read_back_gives_the_runs_own_logits_to_the_last_bit()
    {
        long[] ids = [256, 104, 101, 108, 108, 111];
        using var model = LabModel.Load(runs.First, null, runs.Tiny.Catalog);
        using var own = model.Logits(ids);
        Assert.Equal(own.data<float>().ToArray(), Values(Logits(runs.Model, runs.Tokens)).SelectMany(r => r).Select(v => (float)v));
    }

    [Fact]
    public void The_tokenizer_of_an_exported_run_stands_beside_its_config()
    {
        Assert.All(["config.json", "tokenizer.json", "tokenizer_config.json"], name => Assert.True(File.Exists(Path.Combine(runs.Model, name)), name));
        Assert.False(Directory.Exists(Path.Combine(runs.Model, "tokenizer")));
        using var model = LabModel.Load(runs.First, null, runs.Tiny.Catalog);
        Assert.Equal(model.Tokenizer.Encode("a text"), Tokenizers.Create(Path.Combine(runs.Model, "tokenizer.json")).Encode("a text"));
    }

    [Theory]
    [InlineData("{\"a\": 1}", "expected a JSON array of token ids")]
    [InlineData("[1, 2", "not JSON")]
    [InlineData("[]", "the list is empty")]
    [InlineData("[1, 2.5]", "item 1 is 2.5; expected a token id")]
    [InlineData("[1, [2]]", "item 1 is [2]; expected a token id")]
    [InlineData("[1, null]", "item 1 is null")]
    [InlineData("[1, 257]", "id 257 is outside the vocabulary; expected 0 to 256")]
    [InlineData("[-1]", "id -1 is outside the vocabulary")]
    public void Tokens_that_cannot_be_used_are_named_and_nothing_is_written(string tokens, string part)
    {
        var output = Path.Combine(TestFolders.New(), "logits.json");
        var sentence = runs.Cli("logits", runs.Model, "--tokens", runs.Write("bad.json", tokens), "--output", output).Refused();
        Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(output)!));
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_is_named()
    {
        Assert.Contains("truncated", Damaged(f => Rewrite(Path.Combine(f, "model.safetensors"), b => b[..^100])), StringComparison.Ordinal);
        Assert.Contains("too few for a safetensors file", Damaged(f => File.WriteAllText(Path.Combine(f, "model.safetensors"), "")), StringComparison.Ordinal);
        Assert.Contains("has shape [8, 32]; expected [16, 32]", Damaged(f => Configure(f, "num_experts", 16)), StringComparison.Ordinal);
        Assert.Contains("expected \"afmoe\"", Damaged(f => Configure(f, "model_type", "llama")), StringComparison.Ordinal);
        Assert.Contains("not JSON at line 1", Damaged(f => File.WriteAllText(Path.Combine(f, "config.json"), "{")), StringComparison.Ordinal);
        Assert.Contains("no weights", Damaged(f => File.Delete(Path.Combine(f, "model.safetensors"))), StringComparison.Ordinal);
        Assert.Contains("expected the config.json of an AFMoE checkpoint", runs.Cli("logits", "nowhere", "--tokens", runs.Tokens, "--output", "x.json").Refused(), StringComparison.Ordinal);
        Assert.Contains("is a run, not a model", runs.Cli("logits", runs.First, "--tokens", runs.Tokens, "--output", "x.json").Refused(), StringComparison.Ordinal);
    }

    private string Damaged(Action<string> damage)
    {
        var copy = runs.CopyOfModel();
        damage(copy);
        return runs.Cli("logits", copy, "--tokens", runs.Tokens, "--output", Path.Combine(copy, "logits.json")).Refused();
    }

    private static void Rewrite(string file, Func<byte[], byte[]> change) => File.WriteAllBytes(file, change(File.ReadAllBytes(file)));

    private static void Configure(string folder, string key, JsonNode value)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;
        config[key] = value;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
    }

    private string Logits(string model, string tokens)
    {
        var output = Path.Combine(TestFolders.New(), "logits.json");
        var run = runs.Cli("logits", model, "--tokens", tokens, "--output", output);
        Assert.Equal((0, "", output), (run.Exit, run.Error, run.Output.TrimEnd()));
        return output;
    }

    private static double[][] Values(string file) => [.. JsonNode.Parse(File.ReadAllText(file))!["logits"]!.AsArray().Select(r => r!.AsArray().Select(v => v!.GetValue<double>()).ToArray())];
}
