using System.Text.Json;
using MoELab.Interop.Files;
using MoELab.Model;

namespace MoELab.Tests.Model;

public sealed class AfmoeCheckpointTests : IDisposable
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden", "afmoe-tiny");
    private readonly string _folder = Directory.CreateTempSubdirectory("afmoe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Golden_logits_agree()
    {
        using var model = Load(Golden);
        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden, "logits.json")))!["logits"]!.AsArray().SelectMany(r => r!.AsArray().Select(v => v!.GetValue<double>())).ToArray();
        var actual = Logits(model, GoldenTokens());
        var error = Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum()) / Math.Sqrt(expected.Sum(e => e * e));
        Assert.True(error < 2e-4, $"relative error {error}");
        Assert.True(error < 1e-5, $"relative error {error} is more than float32 rounding");
    }

    [Theory, InlineData(long.MaxValue), InlineData(20_000)]
    [Trait("bug", "bias-not-exported")]
    public void A_saved_model_gives_the_same_logits_bit_for_bit(long shard)
    {
        using var model = Load(Golden);
        Save(model, shard);
        Assert.Equal(shard < long.MaxValue, File.Exists(Path.Combine(_folder, "model.safetensors.index.json")));
        using var again = Load(_folder);
        Assert.Equal(model.Config.Model, again.Config.Model);
        Assert.Equal(model.Config.Router, again.Config.Router);
        Assert.Equal(Logits(model, GoldenTokens()), Logits(again, GoldenTokens()));
        Assert.True(model.Bias_LE.Equals(again.Bias_LE));
        Assert.True(model.Bias_LE.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void An_ablated_model_reads_back_as_it_was()
    {
        using var scope = torch.NewDisposeScope();
        var recipe = SimpleModel.Recipe with { QkNorm = false, GatedAttention = false, SandwichNorm = false, RopeInGlobal = true, SharedExperts = 0, GlobalEvery = 2, ScaleEmbedding = false };
        using var model = SimpleModel.Create(recipe);
        AfmoeCheckpoint.Save(model, null, new PluginChoice("sigmoid-top-k"), _folder, force: true);
        using var again = Load(_folder);
        Assert.Equal(recipe, again.Config.Model);
        Assert.Equal(SimpleModel.Logits(model, SimpleModel.Ids(1, 9)), Logits(again, SimpleModel.Ids(1, 9).data<long>().ToArray()));
    }

    [Fact]
    public void The_saved_names_and_types_are_the_released_ones()
    {
        using var model = Load(Golden);
        Save(model);
        using var golden = WeightFolder.Open(Golden);
        using var saved = WeightFolder.Open(_folder);
        Assert.Equal(golden.TensorNames, saved.TensorNames);
        Assert.All(golden.TensorNames, n => Assert.Equal(golden.Find(n)!.Shape, saved.Find(n)!.Shape));
        Assert.Equal(torch.ScalarType.Float32, saved.Find("model.layers.1.mlp.expert_bias")!.Type);
        var (before, after) = (Config(Golden), Config(_folder));
        Assert.All(before, entry => Assert.True(JsonNode.DeepEquals(entry.Value, after[entry.Key]) || entry.Key is "initializer_range" or "max_position_embeddings", entry.Key));
    }

    [Fact]
    public void The_fused_layout_of_transformers_reads_too()
    {
        using var scope = torch.NewDisposeScope();
        using var model = Load(Golden);
        using (var golden = WeightFolder.Open(Golden))
        {
            var tensors = golden.TensorNames.Where(n => !n.Contains(".experts.", StringComparison.Ordinal))
                .Select(n => KeyValuePair.Create(n, golden.ReadFloat32(n, [.. golden.Find(n)!.Shape]))).ToList();
            foreach (var parameter in model.Model.Parameters.Where(p => p.Name.Contains(".experts.", StringComparison.Ordinal)))
                tensors.Add(new(parameter.Name.Replace("w13", "gate_up_proj", StringComparison.Ordinal).Replace("w2", "down_proj", StringComparison.Ordinal), parameter.Value));
            WeightFolder.Write(_folder, tensors);
        }
        File.Copy(Path.Combine(Golden, "config.json"), Path.Combine(_folder, "config.json"));
        using var fused = Load(_folder);
        Assert.Equal(Logits(model, GoldenTokens()), Logits(fused, GoldenTokens()));
    }

    [Fact]
    public void Bfloat16_weights_are_read()
    {
        using var scope = torch.NewDisposeScope();
        using (var golden = WeightFolder.Open(Golden))
        {
            WeightFolder.Write(_folder, [.. golden.TensorNames.Select(n => KeyValuePair.Create(n, golden.ReadFloat32(n, [.. golden.Find(n)!.Shape]).to(torch.ScalarType.BFloat16)))]);
        }
        File.Copy(Path.Combine(Golden, "config.json"), Path.Combine(_folder, "config.json"));
        using var model = Load(_folder);
        Assert.All(model.Model.Parameters, p => Assert.Equal(torch.ScalarType.Float32, p.Value.dtype));
    }

    [Fact]
    public void A_state_dict_is_the_same_model()
    {
        using var model = Load(Golden);
        Save(model, 1000);
        AfmoeCheckpoint.Save(model.Model, model.Bias_LE, model.Config.Router, _folder, format: WeightFormat.Pt);
        // Nothing of the export before is left beside it.
        Assert.Equal(["config.json", "model.pt"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var again = Load(_folder);
        Assert.Equal(Logits(model, GoldenTokens()), Logits(again, GoldenTokens()));
        Assert.True(model.Bias_LE.Equals(again.Bias_LE));
        using (var golden = WeightFolder.Open(Golden))
        using (var saved = WeightFolder.Open(_folder))
        {
            Assert.Equal(golden.TensorNames, saved.TensorNames);
            Assert.All(golden.TensorNames, n => Assert.Equal(golden.Find(n)!.Shape, saved.Find(n)!.Shape));
        }
        Save(model);
        Assert.Equal(["config.json", "model.safetensors"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("missing", "tensor 'lm_head.weight' is missing")]
    [InlineData("unexpected", "tensor 'another' does not belong to the model that config.json describes")]
    [InlineData("shape", "tensor 'lm_head.weight' has shape [3]; expected [")]
    [InlineData("type", "tensor 'lm_head.weight' has the type Int64; expected Float32, BFloat16, Float16 or Float64")]
    public void Weights_that_do_not_fit_are_named_in_both_formats(string change, string expected)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        using (var golden = WeightFolder.Open(Golden))
            foreach (var name in golden.TensorNames)
                tensors[name] = golden.ReadFloat32(name, [.. golden.Find(name)!.Shape]);
        var head = tensors["lm_head.weight"];
        switch (change)
        {
            case "missing": tensors.Remove("lm_head.weight"); break;
            case "unexpected": tensors["another"] = torch.ones(2); break;
            case "shape": tensors["lm_head.weight"] = torch.ones(3); break;
            default: tensors["lm_head.weight"] = head.to(torch.ScalarType.Int64); break;
        }
        File.Copy(Path.Combine(Golden, "config.json"), Path.Combine(_folder, "config.json"));
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            WeightFolder.Write(_folder, [.. tensors], format: format);
            Assert.Contains(expected, Assert.Throws<InputException>(() => Load(_folder).Dispose()).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "afmoe")]
    [InlineData("hidden_act", "\"gelu\"", "silu")]
    [InlineData("tie_word_embeddings", "true", "false")]
    [InlineData("score_func", "\"relu\"", "softmax")]
    [InlineData("num_experts", "\"many\"", "a whole number")]
    [InlineData("num_experts", "9", "router.gate")]
    [InlineData("hidden_size", "64", "shape")]
    [InlineData("num_hidden_layers", "6", "layer_types")]
    [InlineData("num_dense_layers", "0", "missing")]
    [InlineData("num_shared_experts", "0", "does not belong")]
    [InlineData("num_key_value_heads", "3", "divisor")]
    [InlineData("num_experts_per_tok", "99", "at most 8")]
    [InlineData("rope_scaling", "{\"type\":\"yarn\"}", "rope_scaling.type is \"yarn\"; expected \"default\"")]
    [InlineData("layer_types", "[\"full_attention\",\"sliding_attention\",\"sliding_attention\",\"full_attention\",\"sliding_attention\"]", "for one n")]
    public void A_configuration_that_does_not_fit_is_named(string key, string value, string expected)
    {
        var config = Config(Golden);
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(Golden, "model.safetensors"), Path.Combine(_folder, "model.safetensors"));
        Assert.Contains(expected, Assert.Throws<InputException>(() => Load(_folder).Dispose()).Message);
    }

    [Fact]
    public void A_folder_without_configuration_or_weights_is_named()
    {
        Assert.Contains("config.json", Assert.Throws<InputException>(() => Load(_folder)).Message);
        File.WriteAllText(Path.Combine(_folder, "config.json"), "[]");
        Assert.Contains("the document is []; expected an object", Assert.Throws<InputException>(() => Load(_folder)).Message);
        File.Copy(Path.Combine(Golden, "config.json"), Path.Combine(_folder, "config.json"), overwrite: true);
        Assert.Contains("no weights", Assert.Throws<InputException>(() => Load(_folder)).Message);
    }

    private static JsonObject Config(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();

    private static long[] GoldenTokens() => JsonSerializer.Deserialize<long[]>(File.ReadAllText(Path.Combine(Golden, "tokens.json")))!;

    private static LoadedModel Load(string folder) =>
        AfmoeCheckpoint.Load(folder, _ => (new SimpleRouter(), new SimpleKernel(), new SimpleDispatcher()), torch.CPU, torch.ScalarType.Float32);

    private void Save(LoadedModel model, long shard = long.MaxValue) => AfmoeCheckpoint.Save(model.Model, model.Bias_LE, model.Config.Router, _folder, maxShardBytes: shard);

    private static float[] Logits(LoadedModel model, long[] tokens)
    {
        using var scope = torch.NewDisposeScope();
        return new Generator(model.Model, model.Bias_LE).Logits(tokens).data<float>().ToArray();
    }
}
