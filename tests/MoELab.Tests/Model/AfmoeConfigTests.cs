using MoELab.Model;

namespace MoELab.Tests.Model;

/// <summary>Each key of a foreign <c>config.json</c> is honoured, known to be harmless, or refused by name.</summary>
[Trait("bug", "export-of-another-model")]
public sealed class AfmoeConfigTests : IDisposable
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden", "afmoe-tiny");
    private readonly string _folder = Directory.CreateTempSubdirectory("afmoe-config").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void RoPE_by_layer_type_is_honoured()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Golden", "afmoe-configs", "rope-nested.json"), Path.Combine(_folder, "config.json"));
        Assert.Equal(500_000, AfmoeConfig.Read(_folder).Model.RopeTheta);
    }

    [Theory]
    [InlineData("{}", 10000)]
    [InlineData("""{"rope_theta": 5000.0}""", 5000)]
    [InlineData("""{"rope_parameters": {"rope_theta": 6000.0, "rope_type": "default", "partial_rotary_factor": 1.0, "factor": null}}""", 6000)]
    [InlineData("""{"rope_theta": null, "rope_scaling": {"rope_theta": 7000.0, "type": "default"}}""", 7000)]
    [InlineData("""{"rope_theta": 8000.0, "rope_parameters": {"rope_theta": 8000.0}}""", 8000)]
    [InlineData("""{"rope_parameters": {"sliding_attention": {"rope_theta": 9000}, "full_attention": {"rope_type": "default"}}}""", 9000)]
    public void Theta_is_found_wherever_it_stands(string keys, double theta) => Assert.Equal(theta, Read(keys, "rope_theta").Model.RopeTheta);

    [Theory]
    [InlineData("""{"rope_theta": 5000.0, "rope_parameters": {"rope_theta": 6000.0}}""", "rope_parameters.rope_theta is 6000.0; expected 5000, as rope_theta")]
    [InlineData("""{"rope_parameters": {"sliding_attention": {"rope_theta": 1.0}, "full_attention": {"rope_theta": 2.0}}}""", "rope_parameters.full_attention.rope_theta is 2.0; expected 1, as")]
    [InlineData("""{"rope_parameters": {"sliding_attention": {"rope_theta": 1.0}, "rope_type": "default"}}""", "one set of them for")]
    [InlineData("""{"rope_parameters": {"chunked_attention": {"rope_theta": 1.0}}}""", "one set of them for")]
    [InlineData("""{"rope_parameters": {"rope_theta": "10000"}}""", "expected a number")]
    [InlineData("""{"rope_parameters": {"rope_theta": 1.0, "rope_type": "yarn", "factor": 4.0}}""", "rope_parameters.rope_type is \"yarn\"; expected \"default\"")]
    [InlineData("""{"rope_parameters": {"rope_theta": 1.0, "factor": 4.0}}""", "rope_parameters.factor is 4.0; expected no such key")]
    [InlineData("""{"rope_parameters": {"rope_theta": 1.0, "partial_rotary_factor": 0.5}}""", "rope_parameters.partial_rotary_factor is 0.5; expected 1")]
    [InlineData("""{"rope_parameters": [1]}""", "an object or null")]
    [InlineData("""{"rope_scaling": {"rope_type": "llama3"}}""", "rope_scaling.rope_type is \"llama3\"")]
    [InlineData("""{"partial_rotary_factor": 0.5}""", "partial_rotary_factor is 0.5; expected 1")]
    [InlineData("""{"attention_bias": true}""", "attention_bias is true; expected false")]
    [InlineData("""{"mlp_bias": true}""", "mlp_bias is true; expected false")]
    [InlineData("""{"tie_word_embeddings": true}""", "expected false")]
    [InlineData("""{"hidden_act": "relu"}""", "expected \"silu\"")]
    [InlineData("""{"n_group": 3, "topk_group": 2}""", "n_group is 3; expected a divisor of 8 experts")]
    [InlineData("""{"n_group": 4, "topk_group": 9}""", "topk_group is 9; expected 1 to 4")]
    [InlineData("""{"n_group": 8, "topk_group": 1}""", "topk_group is 1; expected 2 to 8, groups that hold 2 experts")]
    [InlineData("""{"n_group": 4, "topk_group": 2, "num_expert_groups": 1}""", "num_expert_groups is 1; expected 4, as n_group")]
    [InlineData("""{"n_group": 4, "topk_group": 2, "num_limited_groups": 3}""", "num_limited_groups is 3; expected 2, as topk_group")]
    [InlineData("""{"n_group": 4, "topk_group": 2, "score_func": "softmax"}""", "score_func is \"softmax\"; expected \"sigmoid\" with groups")]
    [InlineData("""{"topk_group": 2}""", "topk_group is 2; expected 1 with one group")]
    [InlineData("""{"score_func": null}""", "score_func is null; expected \"sigmoid\" or \"softmax\"")]
    [InlineData("""{"route_norm": "yes"}""", "route_norm is \"yes\"; expected true or false")]
    [InlineData("""{"sliding_window": null}""", "sliding_window is null; expected a whole number")]
    [InlineData("""{"rms_norm_eps": null}""", "rms_norm_eps is null; expected a number")]
    [InlineData("""{"global_attn_every_n_layers": 3}""", "global_attn_every_n_layers is 3; expected 4, as layer_types")]
    [InlineData("""{"layer_types": "all"}""", "layer_types is \"all\"; expected a list")]
    [InlineData("""{"final_logit_softcapping": 30.0}""", "final_logit_softcapping is 30.0, an unknown key")]
    [InlineData("""{"quantization_config": {"bits": 4}}""", "quantization_config is {\"bits\":4}, an unknown key")]
    [InlineData("""{"norm_topk_prob": false}""", "norm_topk_prob")]
    [InlineData("""{"moelab": {"router": {"name": "softmax-top-k"}}}""", "score_func is \"sigmoid\"; expected \"softmax\", as moelab.router says")]
    [InlineData("""{"moelab": {"router": {"name": "sigmoid-top-k", "normalise": false}}}""", "route_norm is true; expected false, as moelab.router says")]
    [InlineData("""{"moelab": {"router": {"name": "sigmoid-top-k", "normalize": false}}}""", "did you mean 'normalise'?")]
    [InlineData("""{"moelab": {"router": 5}}""", "moelab.router is 5; expected a router's name and options")]
    public void What_is_not_honoured_is_refused_by_name(string keys, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<InputException>(() => Read(keys, keys.Contains("rope_", StringComparison.Ordinal) ? "rope_theta" : "")).Message, StringComparison.Ordinal);

    [Fact]
    public void What_changes_nothing_is_passed_over()
    {
        var plain = Read("{}");
        Assert.Equal(plain, Read("""
            {"architectures": ["X"], "auto_map": {"AutoConfig": "c.C"}, "transformers_version": "5.0.0", "torch_dtype": "bfloat16", "dtype": "bfloat16", "use_cache": false,
             "bos_token_id": 0, "eos_token_id": [3], "pad_token_id": 12, "attention_dropout": 0.1, "load_balance_coeff": 5e-4, "use_grouped_mm": false, "initializer_range": 0.5,
             "partial_rotary_factor": 1.0, "attention_bias": false, "unknown_yet_unset": null, "num_expert_groups": null, "num_limited_groups": null, "n_group": null, "topk_group": null}
            """));
    }

    [Theory]
    [InlineData("sigmoid", true, "sigmoid-top-k", "normalise")]
    [InlineData("sigmoid", false, "sigmoid-top-k", "normalise")]
    [InlineData("softmax", true, "softmax-top-k", "renormalise")]
    [InlineData("softmax", false, "softmax-top-k", "renormalise")]
    public void Import_honours_the_score_function_and_its_normalisation(string score, bool norm, string router, string option)
    {
        var read = Read($$"""{"score_func": "{{score}}", "route_norm": {{(norm ? "true" : "false")}}}""").Router;
        Assert.Equal(router, read.Name);
        Assert.Equal(norm, read.Options[option]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("""{"n_group": 4, "topk_group": 2}""")]
    [InlineData("""{"n_group": null, "topk_group": null, "num_expert_groups": 4, "num_limited_groups": 2}""")]
    public void Import_honours_groups(string keys)
    {
        var router = Read(keys).Router;
        Assert.Equal(PluginChoice.Of("group-limited", new { groups = 4, kept_groups = 2, normalise = true }), router);
    }

    // The golden configuration with other keys, less those that are named.
    private AfmoeConfig Read(string keys, string without = "")
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden, "config.json")))!.AsObject();
        config.Remove(without);
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject())
            config[key] = value?.DeepClone();
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
        return AfmoeConfig.Read(_folder);
    }
}
