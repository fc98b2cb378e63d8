using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Model;

/// <summary>
/// A checkpoint's <c>config.json</c>: the keys that transformers, vLLM and MLX read for <c>model_type: afmoe</c>. What those cannot
/// express is listed in <see cref="Inexpressible"/> and written to a section of our own, so that an ablated model reads back unchanged.
/// </summary>
/// <param name="Model">The architecture.</param>
/// <param name="VocabularySize">Tokens in the vocabulary.</param>
/// <param name="Router">How tokens choose experts.</param>
public sealed record AfmoeConfig(ModelRecipe Model, int VocabularySize, PluginChoice Router)
{
    internal const string FileName = "config.json", Section = "moelab", Local = "sliding_attention", Global = "full_attention";

    /// <summary>Maximum sequence length of the model.</summary>
    public int MaxPositions { get; init; } = 16384;

    /// <summary>
    /// What AFMoE's <c>config.json</c> cannot express, one phrase each: other tools would compute a different model. Empty for a model
    /// that the released layout describes completely.
    /// </summary>
    public IReadOnlyList<string> Inexpressible
    {
        get
        {
            var lost = new List<string>();
            if (AfmoeRouting.Of(Router) is null)
                lost.Add($"router '{Router.Name}'{(Router.Name == "sigmoid-top-k" ? " with compare: logit" : "")} (AFMoE has top-k routing with sigmoid "
                    + "or softmax scores, to which it adds the bias, and groups of experts with sigmoid scores)");
            if (!Model.GatedAttention)
                lost.Add("model.gated_attention: false (AFMoE's attention is always gated)");
            if (!Model.QkNorm)
                lost.Add("model.qk_norm: false (AFMoE always normalises q and k)");
            if (!Model.SandwichNorm)
                lost.Add("model.sandwich_norm: false (AFMoE always has a second norm after attention and FFN)");
            if (Model.Latent > 0)
                lost.Add($"model.latent: {Model.Latent} (AFMoE's experts work at the width of the model)");
            if (Model.NullExperts > 0)
                lost.Add($"model.null_experts: {Model.NullExperts} (every expert of AFMoE computes)");
            if (Model.RopeInGlobal && Enumerable.Range(0, Model.Layers).Any(Model.IsGlobal))
                lost.Add("model.rope_in_global: true (AFMoE's global layers have no RoPE)");
            return lost;
        }
    }

    /// <summary>What the file contains but some readers of AFMoE ignore, one sentence each; empty for a model like the released ones.</summary>
    public IReadOnlyList<string> Notes => AfmoeRouting.Of(Router) is not { } routing || routing == new AfmoeRouting(AfmoeRouting.Sigmoid, true) ? []
        : [$"config.json says score_func {routing.ScoreFunction}, route_norm {(routing.Normalise ? "true" : "false")}"
            + (routing.Groups > 1 ? $", n_group {routing.Groups}, topk_group {routing.KeptGroups}" : "")
            + "; the AFMoE code in transformers ignores these keys and always computes normalised sigmoid scores without groups, "
            + "so check how your reader handles them"];

    /// <summary>Reads a model folder's <c>config.json</c>; a key that is neither applied nor known to be harmless is rejected.</summary>
    /// <exception cref="InputException">No such file, another architecture, or a value that this model does not support.</exception>
    public static AfmoeConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var json = InputJson.Read(path, "the config.json of an AFMoE checkpoint").AsObject();
        try
        {
            return new AfmoeConfigReader(path, json).Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path}: a value has the wrong type for its key ({e.Message.Split('\n')[0].TrimEnd('.')}); "
                + "expected the config.json of an AFMoE checkpoint", e);
        }
    }

    /// <summary>Writes <c>config.json</c> with every key that transformers, vLLM and MLX read.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="force">Write even what is <see cref="Inexpressible"/>: only MoELab reads such a file correctly.</param>
    /// <exception cref="InputException">Something cannot be expressed and <paramref name="force"/> is false.</exception>
    public void Write(string folder, bool force = false)
    {
        RequireExpressible(force);
        var m = Model;
        var routing = AfmoeRouting.Of(Router);
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("AfmoeForCausalLM"),
            ["model_type"] = "afmoe",
            ["vocab_size"] = VocabularySize,
            ["hidden_size"] = m.DModel,
            ["intermediate_size"] = m.Ffn,
            ["moe_intermediate_size"] = m.ExpertFfn,
            ["num_hidden_layers"] = m.Layers,
            ["num_dense_layers"] = m.DenseLayers,
            ["num_attention_heads"] = m.Heads,
            ["num_key_value_heads"] = m.KvHeads,
            ["head_dim"] = m.HeadDim,
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = MaxPositions,
            ["initializer_range"] = m.InitSigma > 0 ? m.InitSigma : 0.5 / Math.Sqrt(m.DModel),
            ["rms_norm_eps"] = m.RmsEps,
            ["use_cache"] = true,
            ["tie_word_embeddings"] = false,
            ["rope_theta"] = m.RopeTheta,
            ["rope_parameters"] = new JsonObject { ["rope_theta"] = m.RopeTheta, ["rope_type"] = "default" },
            ["rope_scaling"] = null,
            ["num_experts"] = m.Experts,
            ["num_experts_per_tok"] = m.ActiveExperts,
            ["num_shared_experts"] = m.SharedExperts,
            ["route_scale"] = m.RouteScale,
            ["route_norm"] = routing?.Normalise ?? true,
            // A reader stops at an unknown function, whereas "sigmoid" would be another model.
            ["score_func"] = routing?.ScoreFunction ?? Router.Name,
            ["n_group"] = routing?.Groups ?? 1,
            ["topk_group"] = routing?.KeptGroups ?? 1,
            ["num_expert_groups"] = routing?.Groups ?? 1,
            ["num_limited_groups"] = routing?.KeptGroups ?? 1,
            ["load_balance_coeff"] = 0.001,
            ["use_grouped_mm"] = true,
            // Readers compute a remainder with it; without global layers it is beyond the last layer.
            ["global_attn_every_n_layers"] = m.GlobalEvery > 0 ? m.GlobalEvery : m.Layers + 1,
            ["sliding_window"] = m.Window,
            ["layer_types"] = new JsonArray([.. Enumerable.Range(0, m.Layers).Select(l => (JsonNode)(m.IsGlobal(l) ? Global : Local))]),
            ["attention_dropout"] = 0.0,
            ["attention_bias"] = false,
            ["mup_enabled"] = m.ScaleEmbedding,
            ["dtype"] = "float32",
            ["torch_dtype"] = "float32",
            [Section] = new JsonObject
            {
                ["model"] = OptionsBinder.ToData(m),
                ["router"] = JsonSerializer.SerializeToNode(Router, OptionsBinder.Json),
            },
        };
        File.WriteAllText(Path.Combine(folder, FileName), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    internal void RequireExpressible(bool force)
    {
        if (!force && Inexpressible is { Count: > 0 } lost)
            throw new InputException($"export: AFMoE's config.json cannot express {string.Join("; ", lost)}, "
                + "so other tools would compute a different model; use --force to write a folder that only MoELab reads correctly");
    }
}
