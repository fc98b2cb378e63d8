using System.Text.Json;
using System.Text.Json.Nodes;
using MoELab.Interop;
using MoELab.Recipes;

namespace MoELab.Model;

/// <summary>
/// A checkpoint's <c>config.json</c>: the keys that transformers and vLLM read for <c>model_type: afmoe</c>. What those cannot
/// say (parts switched off, other routers) stands in a section of our own, so that an ablated model reads back as it was.
/// </summary>
/// <param name="Model">The architecture.</param>
/// <param name="VocabularySize">Tokens in the vocabulary.</param>
/// <param name="Router">How tokens choose experts.</param>
public sealed record AfmoeConfig(ModelRecipe Model, int VocabularySize, PluginChoice Router)
{
    private const string FileName = "config.json";
    private const string Section = "moelab";
    private const string Local = "sliding_attention";
    private const string Global = "full_attention";

    /// <summary>Longest sequence that the model is meant for.</summary>
    public int MaxPositions { get; init; } = 16384;

    /// <summary>Reads a model folder's <c>config.json</c>.</summary>
    /// <exception cref="RecipeException">No such file, another architecture, or a value that this model cannot follow.</exception>
    public static AfmoeConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var json = InputJson.Read(path, "the config.json of an AFMoE checkpoint").AsObject();
        try
        {
            return new Reader(path, json).Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new RecipeException($"{path}: a value of another kind than the key takes ({e.Message.Split('\n')[0].TrimEnd('.')}); expected the config.json of an AFMoE checkpoint", e);
        }
    }

    /// <summary>Writes <c>config.json</c> with every key that transformers and vLLM read.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder)
    {
        var m = Model;
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
            ["route_norm"] = Router.Options["normalise"]?.GetValue<bool>() ?? true,
            ["score_func"] = Router.Name.StartsWith("softmax", StringComparison.Ordinal) ? "softmax" : "sigmoid",
            ["n_group"] = 1,
            ["topk_group"] = 1,
            ["num_expert_groups"] = 1,
            ["num_limited_groups"] = 1,
            ["load_balance_coeff"] = 0.001,
            ["use_grouped_mm"] = true,
            ["global_attn_every_n_layers"] = m.GlobalEvery,
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

    private sealed class Reader(string path, JsonObject json)
    {
        public AfmoeConfig Read()
        {
            Require(Text("model_type") == "afmoe", "model_type", "\"afmoe\"");
            Require(json["hidden_act"] is null || Text("hidden_act") == "silu", "hidden_act", "\"silu\"");
            Require(!Flag("attention_bias", false), "attention_bias", "false");
            Require(!Flag("tie_word_embeddings", false), "tie_word_embeddings", "false");
            Require(json["rope_scaling"] is null, "rope_scaling", "null");
            Require(Whole("n_group", 1) == 1, "n_group", "1");
            var rope = json["rope_parameters"] as JsonObject;
            Require((rope?["rope_type"]?.ToString() ?? "default") == "default", "rope_parameters.rope_type", "\"default\"");

            var own = json[Section]?["model"] is JsonObject section
                ? (ModelRecipe)OptionsBinder.Bind(typeof(ModelRecipe), section, $"{path}: {Section}.model")
                : new ModelRecipe { IntraDocumentMask = true };
            var layers = Whole("num_hidden_layers", 32);
            var heads = Whole("num_attention_heads", 16);
            var model = own with
            {
                Layers = layers,
                DenseLayers = Whole("num_dense_layers", 1),
                DModel = Whole("hidden_size", 2048),
                Ffn = Whole("intermediate_size", 6144),
                ExpertFfn = Whole("moe_intermediate_size", 1408),
                Heads = heads,
                KvHeads = Whole("num_key_value_heads", heads),
                HeadDim = Whole("head_dim", 128),
                Experts = Whole("num_experts", 64),
                ActiveExperts = Whole("num_experts_per_tok", 6),
                SharedExperts = Whole("num_shared_experts", 2),
                RouteScale = Number("route_scale", 1),
                Window = Whole("sliding_window", 1024),
                GlobalEvery = GlobalEvery(layers),
                RopeTheta = rope?["rope_theta"]?.GetValue<double>() ?? Number("rope_theta", 10000),
                RmsEps = Number("rms_norm_eps", 1e-5),
                ScaleEmbedding = Flag("mup_enabled", false),
            };
            OptionsBinder.Validate(model, path);
            Require(model.Heads % model.KvHeads == 0, "num_key_value_heads", $"a divisor of {model.Heads} heads");
            Require(model.ActiveExperts <= model.Experts, "num_experts_per_tok", $"at most {model.Experts}, the number of experts");
            Require(model.DenseLayers <= model.Layers, "num_dense_layers", $"at most {model.Layers}, the number of layers");
            Require(model.HeadDim % 2 == 0, "head_dim", "an even number");
            var vocabulary = Whole("vocab_size", 200192);
            Require(vocabulary > 0, "vocab_size", "a number above 0");
            return new AfmoeConfig(model, vocabulary, Router()) { MaxPositions = Whole("max_position_embeddings", 16384) };
        }

        private PluginChoice Router()
        {
            if (json[Section]?["router"] is { } own)
                return own.Deserialize<PluginChoice>(OptionsBinder.Json)!;
            var score = json["score_func"] is null ? "sigmoid" : Text("score_func");
            Require(score is "sigmoid" or "softmax", "score_func", "\"sigmoid\" or \"softmax\"");
            return score == "softmax" ? new PluginChoice("softmax-top-k") : PluginChoice.Of("sigmoid-top-k", new { normalise = Flag("route_norm", true) });
        }

        private int GlobalEvery(int layers)
        {
            var every = Whole("global_attn_every_n_layers", 4);
            if (json["layer_types"] is not JsonArray types)
                return every;
            Require(types.Count == layers && types.All(t => t?.ToString() is Local or Global), "layer_types", $"{layers} times \"{Local}\" or \"{Global}\"");
            var global = types.Select(t => t!.ToString() == Global).ToArray();
            var first = Array.IndexOf(global, true);
            if (first < 0)
                return every > layers ? every : 0;
            Require(Enumerable.Range(0, layers).All(l => global[l] == ((l + 1) % (first + 1) == 0)), "layer_types", "a full-attention layer after every n-th, for one n");
            return first + 1;
        }

        private string Text(string key) => json[key]?.ToString() ?? "";

        private int Whole(string key, int otherwise) => json[key] is not { } node
            ? otherwise
            : node is JsonValue value && value.TryGetValue<int>(out var number) ? number : throw Unfit(key, "a whole number");

        private double Number(string key, double otherwise) => json[key] is not { } node
            ? otherwise
            : node is JsonValue value && value.TryGetValue<double>(out var number) ? number : throw Unfit(key, "a number");

        private bool Flag(string key, bool otherwise) => json[key] is not { } node
            ? otherwise
            : node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : throw Unfit(key, "true or false");

        private void Require(bool holds, string key, string expected)
        {
            if (!holds)
                throw Unfit(key, expected);
        }

        private RecipeException Unfit(string key, string expected) =>
            new($"{path}: {key} is {(key.Split('.').Aggregate((JsonNode?)json, (node, part) => node?[part])?.ToJsonString() ?? "absent")}; expected {expected}");
    }
}
