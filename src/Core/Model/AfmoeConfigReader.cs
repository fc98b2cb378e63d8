using System.Text.Json;

namespace MoELab.Model;

/// <summary>
/// Reads a <c>config.json</c> of AFMoE. Each key is applied, known to change nothing that this model computes, or rejected by name:
/// silently ignoring a key could make a different model.
/// </summary>
internal sealed class AfmoeConfigReader(string path, JsonObject json)
{
    // Metadata, training settings, and how other libraries should run the model.
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "architectures", "auto_map", "transformers_version", "_name_or_path", "name_or_path", "_commit_hash", "dtype", "torch_dtype", "use_cache",
        "initializer_range", "attention_dropout", "load_balance_coeff", "use_grouped_mm", "router_aux_loss_coef", "output_router_logits",
        "output_attentions", "output_hidden_states", "return_dict", "use_return_dict", "gradient_checkpointing", "attn_implementation",
        "_attn_implementation", "_attn_implementation_autoset", "experts_implementation", "bos_token_id", "eos_token_id", "pad_token_id",
        "unk_token_id", "sep_token_id", "cls_token_id", "decoder_start_token_id", "tokenizer_class", "prefix", "problem_type", "id2label", "label2id",
        "num_labels", "finetuning_task", "task_specific_params", "chat_template", "temperature", "top_k", "top_p", "do_sample", "max_length",
        "min_length", "max_new_tokens", "repetition_penalty", "num_beams",
    };

    // Keys of other architectures that apply to this one too, each with the one value at which it changes nothing.
    private static readonly Dictionary<string, string> Fixed = new(StringComparer.Ordinal)
    {
        ["attention_bias"] = "false",
        ["mlp_bias"] = "false",
        ["tie_word_embeddings"] = "false",
        ["tie_encoder_decoder"] = "false",
        ["is_encoder_decoder"] = "false",
        ["add_cross_attention"] = "false",
        ["is_decoder"] = "false",
        ["partial_rotary_factor"] = "1",
        ["pretraining_tp"] = "1",
        ["chunk_size_feed_forward"] = "0",
        ["pruned_heads"] = "{}",
        ["hidden_act"] = "\"silu\"",
    };

    private static readonly HashSet<string> Honoured = new(StringComparer.Ordinal)
    {
        "model_type", "vocab_size", "hidden_size", "intermediate_size", "moe_intermediate_size", "num_hidden_layers", "num_dense_layers",
        "num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_parameters",
        "rope_scaling", "num_experts", "num_experts_per_tok", "num_shared_experts", "route_scale", "route_norm", "score_func", "n_group",
        "topk_group", "num_expert_groups", "num_limited_groups", "global_attn_every_n_layers", "sliding_window", "layer_types", "mup_enabled",
        AfmoeConfig.Section,
    };

    /// <summary>The configuration.</summary>
    /// <exception cref="InputException">The first invalid or unknown key.</exception>
    public AfmoeConfig Read()
    {
        Require(json["model_type"]?.ToString() == "afmoe", "model_type", "\"afmoe\"");
        foreach (var (key, value) in json)
        {
            if (Fixed.TryGetValue(key, out var only))
                Require(value is null || IsSame(value, JsonNode.Parse(only)!), key, only);
            else if (!Honoured.Contains(key) && !Harmless.Contains(key) && value is not null)
                throw new InputException($"{path}: {key} is {value.ToJsonString()}, an unknown key; "
                    + "expected only keys of AFMoE, because another key may change the model (remove it if it does not)");
        }

        var own = json[AfmoeConfig.Section]?["model"] is JsonObject section
            ? (ModelRecipe)OptionsBinder.Bind(typeof(ModelRecipe), section, $"{path}: {AfmoeConfig.Section}.model")
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
            KvHeads = WholeOrNull("num_key_value_heads") ?? heads,
            HeadDim = Whole("head_dim", 128),
            Experts = Whole("num_experts", 64),
            ActiveExperts = Whole("num_experts_per_tok", 6),
            SharedExperts = Whole("num_shared_experts", 2),
            RouteScale = Number("route_scale", 1),
            Window = Whole("sliding_window", 1024),
            GlobalEvery = GlobalEvery(layers),
            RopeTheta = RopeTheta(),
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
        return new AfmoeConfig(model, vocabulary, Router(model)) { MaxPositions = Whole("max_position_embeddings", 16384) };
    }

    private PluginChoice Router(ModelRecipe model)
    {
        if (json[AfmoeConfig.Section]?["router"] is not { } own)
            return Routing(model).ToRouter();
        PluginChoice router;
        AfmoeRouting? routing;
        try
        {
            router = own.Deserialize<PluginChoice>(OptionsBinder.Json)!;
            routing = AfmoeRouting.Of(router);
        }
        catch (Exception e) when (e is JsonException or InputException or InvalidOperationException)
        {
            throw new InputException($"{path}: {AfmoeConfig.Section}.router is {own.ToJsonString()}; "
                + $"expected a router's name and options ({e.Message})", e);
        }
        // A router that AFMoE cannot express is only in our section; the file's own keys cannot contradict it.
        if (routing is null)
            return router;
        var said = Routing(model);
        var why = $", as {AfmoeConfig.Section}.router says";
        Require(said.ScoreFunction == routing.ScoreFunction, "score_func", $"\"{routing.ScoreFunction}\"{why}");
        Require(said.Normalise == routing.Normalise, "route_norm", (routing.Normalise ? "true" : "false") + why);
        Require(said.Groups == routing.Groups, "n_group", $"{routing.Groups}{why}");
        Require(routing.Groups == 1 || said.KeptGroups == routing.KeptGroups, "topk_group", $"{routing.KeptGroups}{why}");
        return router;
    }

    private AfmoeRouting Routing(ModelRecipe model)
    {
        var score = json.ContainsKey("score_func") ? json["score_func"]?.ToString() : AfmoeRouting.Sigmoid;
        Require(score is AfmoeRouting.Sigmoid or AfmoeRouting.Softmax, "score_func", "\"sigmoid\" or \"softmax\"");
        var groups = Agreed("n_group", "num_expert_groups");
        var kept = Agreed("topk_group", "num_limited_groups");
        if (groups > 1)
        {
            Require(model.Experts % groups == 0, "n_group", $"a divisor of {model.Experts} experts");
            var needed = (model.ActiveExperts + (model.Experts / groups) - 1) / (model.Experts / groups);
            Require(kept >= needed && kept <= groups, "topk_group", $"{needed} to {groups}, groups that hold {model.ActiveExperts} experts");
            Require(score == AfmoeRouting.Sigmoid, "score_func", "\"sigmoid\" with groups");
        }
        else
        {
            Require(groups == 1, "n_group", "1 or more");
            Require(kept == 1, "topk_group", "1 with one group");
        }
        return new AfmoeRouting(score!, Flag("route_norm", true), groups, kept);
    }

    // Two names for one number must have the same value.
    private int Agreed(string key, string other)
    {
        var (one, two) = (WholeOrNull(key), WholeOrNull(other));
        Require(one is null || two is null || one == two, other, $"{one}, as {key}");
        return one ?? two ?? 1;
    }

    private double RopeTheta()
    {
        var found = new List<(string Key, double Theta)>();
        if (json["rope_theta"] is not null)
            found.Add(("rope_theta", Number("rope_theta", 0)));
        foreach (var key in new[] { "rope_parameters", "rope_scaling" })
        {
            if (json[key] is not { } node)
                continue;
            var rope = node as JsonObject ?? throw Unfit(key, "an object or null");
            // Newer libraries write one set of parameters per layer type. AFMoE rotates only in local layers, with one theta.
            var byType = rope.Where(p => p.Value is JsonObject).Select(p => p.Key).ToArray();
            Require(byType.All(t => t is AfmoeConfig.Local or AfmoeConfig.Global) && (byType.Length == 0 || byType.Length == rope.Count),
                key, $"RoPE parameters, or one set of them for \"{AfmoeConfig.Local}\" and \"{AfmoeConfig.Global}\"");
            foreach (var place in byType.Length == 0 ? [key] : byType.Select(t => $"{key}.{t}"))
            {
                if (Rope(place) is { } theta)
                    found.Add(($"{place}.rope_theta", theta));
            }
        }
        foreach (var (key, theta) in found)
            Require(theta == found[0].Theta, key, $"{JsonValue.Create(found[0].Theta).ToJsonString()}, as {found[0].Key}");
        return found.Count == 0 ? 10000 : found[0].Theta;
    }

    private double? Rope(string place)
    {
        foreach (var (name, value) in At(place)!.AsObject())
        {
            var key = $"{place}.{name}";
            if (name is "rope_type" or "type")
                Require(value is null || value.ToString() == "default", key, "\"default\"");
            else if (name == "partial_rotary_factor")
                Require(value is null || IsSame(value, 1), key, "1");
            else
                Require(name == "rope_theta" || value is null, key, "no such key: AFMoE's RoPE has only a theta");
        }
        return At($"{place}.rope_theta") is not { } theta ? null : theta is JsonValue said && said.TryGetValue<double>(out var found)
            ? found : throw Unfit($"{place}.rope_theta", "a number");
    }

    private int GlobalEvery(int layers)
    {
        var every = Whole("global_attn_every_n_layers", 4);
        if (json["layer_types"] is not { } node)
            return every;
        Require(node is JsonArray, "layer_types", "a list");
        var types = node.AsArray();
        Require(types.Count == layers && types.All(t => t?.ToString() is AfmoeConfig.Local or AfmoeConfig.Global), "layer_types",
            $"{layers} times \"{AfmoeConfig.Local}\" or \"{AfmoeConfig.Global}\"");
        var global = types.Select(t => t!.ToString() == AfmoeConfig.Global).ToArray();
        var first = Array.IndexOf(global, true);
        if (first < 0)
        {
            Require(!json.ContainsKey("global_attn_every_n_layers") || every == 0 || every > layers, "global_attn_every_n_layers",
                $"more than {layers}, as layer_types has no \"{AfmoeConfig.Global}\"");
            // A model without global layers is written with one past the last layer.
            return every > layers + 1 ? every : 0;
        }
        Require(Enumerable.Range(0, layers).All(l => global[l] == ((l + 1) % (first + 1) == 0)), "layer_types",
            "a full-attention layer after every n-th, for one n");
        Require(!json.ContainsKey("global_attn_every_n_layers") || every == first + 1, "global_attn_every_n_layers", $"{first + 1}, as layer_types");
        return first + 1;
    }

    private int Whole(string key, int otherwise) => json.ContainsKey(key) ? WholeOrNull(key) ?? throw Unfit(key, "a whole number") : otherwise;

    private int? WholeOrNull(string key) => json[key] is not { } node ? null
        : node is JsonValue value && value.TryGetValue<int>(out var number) ? number : throw Unfit(key, "a whole number");

    private double Number(string key, double otherwise) => Value(key, otherwise, "a number");

    private bool Flag(string key, bool otherwise) => Value(key, otherwise, "true or false");

    private T Value<T>(string key, T otherwise, string expected) => !json.ContainsKey(key) ? otherwise
        : json[key] is JsonValue value && value.TryGetValue<T>(out var found) ? found : throw Unfit(key, expected);

    private static bool IsSame(JsonNode value, JsonNode only) => JsonNode.DeepEquals(value, only)
        || (value is JsonValue a && only is JsonValue b && a.TryGetValue<double>(out var x) && b.TryGetValue<double>(out var y) && x == y);

    private JsonNode? At(string key) => key.Split('.').Aggregate((JsonNode?)json, (node, part) => (node as JsonObject)?[part]);

    private void Require(bool holds, string key, string expected)
    {
        if (!holds)
            throw Unfit(key, expected);
    }

    private InputException Unfit(string key, string expected) =>
        new($"{path}: {key} is {At(key)?.ToJsonString() ?? (json.ContainsKey(key) ? "null" : "absent")}; expected {expected}");
}
