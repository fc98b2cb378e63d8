using MoELab.Model;
using MoELab.Tests.Routing;

namespace MoELab.Tests.Model;

/// <summary>What leaves in AFMoE's layout is the model that was trained, or it does not leave.</summary>
[Trait("bug", "export-of-another-model")]
public sealed class AfmoeExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("afmoe-export").FullName;

    public static TheoryData<string> Unnamed => [.. RouterKit.Names.Where(n => n is not ("sigmoid-top-k" or "softmax-top-k" or "group-limited"))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"name": "sigmoid-top-k"}""", "sigmoid", true, 1, 1)]
    [InlineData("""{"name": "sigmoid-top-k", "normalise": false}""", "sigmoid", false, 1, 1)]
    [InlineData("""{"name": "softmax-top-k"}""", "softmax", false, 1, 1)]
    [InlineData("""{"name": "softmax-top-k", "renormalise": true}""", "softmax", true, 1, 1)]
    [InlineData("""{"name": "group-limited", "groups": 3, "kept_groups": 2}""", "sigmoid", true, 3, 2)]
    [InlineData("""{"name": "group-limited", "groups": 2, "kept_groups": 1, "normalise": false}""", "sigmoid", false, 2, 1)]
    public void A_mapped_router_is_said_in_AFMoEs_own_keys_and_reads_back_with_equal_logits(string choice, string score, bool norm, int groups, int kept)
    {
        using var scope = torch.NewDisposeScope();
        var router = System.Text.Json.JsonSerializer.Deserialize<PluginChoice>(choice, OptionsBinder.Json)!;
        using var model = SimpleModel.Create(router: Create(router));
        var bias_LE = torch.tensor(RouterKit.Random(3, 6, "bias", 0.2));
        AfmoeCheckpoint.Save(model, bias_LE, router, _folder);

        // As a reader sees it that knows nothing of MoELab.
        var config = Config();
        config.Remove("moelab");
        Assert.Equal((score, norm, groups, kept), ((string)config["score_func"]!, (bool)config["route_norm"]!, (int)config["n_group"]!, (int)config["topk_group"]!));
        Assert.Equal((groups, kept), ((int)config["num_expert_groups"]!, (int)config["num_limited_groups"]!));
        var own = Logits();
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
        Assert.Equal(own, Logits());
        var direct = new Generator(model, bias_LE).Logits([1, 5, 2, 9, 4, 4, 7]).data<float>().ToArray();
        Assert.Equal(direct, own);
    }

    [Theory, MemberData(nameof(Unnamed))]
    public void A_router_that_AFMoE_has_no_words_for_is_refused_and_nothing_is_written(string name)
    {
        using var model = SimpleModel.Create(router: RouterKit.Create(name));
        var target = Path.Combine(_folder, "model");
        var sentence = Assert.Throws<InputException>(() => AfmoeCheckpoint.Save(model, null, new PluginChoice(name), target)).Message;
        Assert.Contains($"router '{name}'", sentence, StringComparison.Ordinal);
        Assert.Contains("--force", sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }

    [Fact]
    public void A_forced_export_claims_no_other_router_and_reads_back_with_equal_logits()
    {
        using var scope = torch.NewDisposeScope();
        var router = new PluginChoice("top-k-softmax");
        using var model = SimpleModel.Create(router: Create(router));
        AfmoeCheckpoint.Save(model, null, router, _folder, force: true);
        Assert.Equal("top-k-softmax", (string)Config()["score_func"]!);
        Assert.Equal(new Generator(model).Logits([1, 5, 2, 9, 4, 4, 7]).data<float>().ToArray(), Logits());
    }

    [Theory]
    [InlineData("gated_attention", false)]
    [InlineData("qk_norm", false)]
    [InlineData("sandwich_norm", false)]
    [InlineData("rope_in_global", true)]
    public void A_switch_that_AFMoE_has_no_words_for_is_refused(string key, bool value)
    {
        var recipe = (ModelRecipe)OptionsBinder.Bind(typeof(ModelRecipe), new JsonObject { [key] = value }, "model");
        Assert.Contains($"model.{key}: {(value ? "true" : "false")} (AFMoE", Assert.Single(new AfmoeConfig(recipe, 9, new PluginChoice("sigmoid-top-k")).Inexpressible), StringComparison.Ordinal);
        Assert.Contains($"model.{key}", Assert.Throws<InputException>(() => new AfmoeConfig(recipe, 9, new PluginChoice("sigmoid-top-k")).Write(_folder)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    /// <summary>Every key of the architecture, in turn, either survives an export without our own section or is refused.</summary>
    [Fact]
    public void No_key_of_the_architecture_is_lost_in_silence()
    {
        // Where weights begin and how training reads text; a finished model knows neither. Without a latent there is no norm on it.
        string[] training = ["init_sigma", "depth_scaled_norm", "intra_document_mask", "vocabulary", "latent_norm"];
        var defaults = OptionsBinder.ToData(new ModelRecipe()).AsObject();
        foreach (var option in OptionsBinder.Schema(typeof(ModelRecipe)).Where(o => !training.Contains(o.Name)))
        {
            JsonNode other = option.Type == typeof(bool) ? !defaults[option.Name]!.GetValue<bool>() : option.Type == typeof(double) ? defaults[option.Name]!.GetValue<double>() * 2 : defaults[option.Name]!.GetValue<int>() + (option.Name is "kv_heads" ? 1 : 2);
            var recipe = (ModelRecipe)OptionsBinder.Bind(typeof(ModelRecipe), new JsonObject { [option.Name] = other }, "model");
            var config = new AfmoeConfig(recipe, 9, new PluginChoice("sigmoid-top-k"));
            if (config.Inexpressible.Count > 0)
                continue;
            config.Write(_folder);
            var said = Config();
            said.Remove("moelab");
            File.WriteAllText(Path.Combine(_folder, "config.json"), said.ToJsonString());
            Assert.Equal(recipe, AfmoeConfig.Read(_folder).Model);
        }
    }

    [Theory, InlineData(6, 0, "model.latent: 6 (AFMoE"), InlineData(0, 3, "model.null_experts: 3 (every expert of AFMoE computes)")]
    public void A_latent_or_a_null_expert_is_refused_and_reads_back_where_forced(int latent, int nullExperts, string phrase)
    {
        using var scope = torch.NewDisposeScope();
        var router = new PluginChoice("sigmoid-top-k");
        using var model = SimpleModel.Create(SimpleModel.Recipe with { Latent = latent, NullExperts = nullExperts }, router: Create(router));
        Assert.Contains(phrase, Assert.Throws<InputException>(() => AfmoeCheckpoint.Save(model, null, router, _folder)).Message, StringComparison.Ordinal);
        AfmoeCheckpoint.Save(model, null, router, _folder, force: true);
        Assert.Equal(new Generator(model).Logits([1, 5, 2, 9, 4, 4, 7]).data<float>().ToArray(), Logits());
    }

    [Fact]
    public void Comparing_logits_is_refused()
    {
        var config = new AfmoeConfig(new ModelRecipe(), 9, PluginChoice.Of("sigmoid-top-k", new { compare = "logit" }));
        Assert.Contains("router 'sigmoid-top-k' with compare: logit", Assert.Single(config.Inexpressible), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_global_layers_gives_readers_a_number_to_divide_by()
    {
        var config = new AfmoeConfig(new ModelRecipe { GlobalEvery = 0 }, 9, new PluginChoice("sigmoid-top-k"));
        config.Write(_folder);
        Assert.Equal(5, (int)Config()["global_attn_every_n_layers"]!);
        Assert.Equal(config.Model, AfmoeConfig.Read(_folder).Model);
    }

    [Fact]
    public void What_some_readers_pass_over_is_remarked()
    {
        Assert.Empty(new AfmoeConfig(new ModelRecipe(), 9, new PluginChoice("sigmoid-top-k")).Notes);
        Assert.Contains("score_func softmax, route_norm false", Assert.Single(new AfmoeConfig(new ModelRecipe(), 9, new PluginChoice("softmax-top-k")).Notes), StringComparison.Ordinal);
        Assert.Contains("n_group 8, topk_group 4", Assert.Single(new AfmoeConfig(new ModelRecipe(), 9, new PluginChoice("group-limited")).Notes), StringComparison.Ordinal);
    }

    private static IRouter Create(PluginChoice router) => RouterKit.Create(router.Name, router.Options);

    private JsonObject Config() => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "config.json")))!.AsObject();

    private float[] Logits()
    {
        using var scope = torch.NewDisposeScope();
        using var model = AfmoeCheckpoint.Load(_folder, c => (Create(c.Router), new SimpleKernel(), new SimpleDispatcher()), torch.CPU, torch.ScalarType.Float32);
        return new Generator(model.Model, model.Bias_LE).Logits([1, 5, 2, 9, 4, 4, 7]).data<float>().ToArray();
    }
}
