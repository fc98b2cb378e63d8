using MoELab.Recipes.Costs;
using MoELab.Routing;

namespace MoELab.Cli;

/// <summary>A recipe's cost as text and as JSON.</summary>
internal static class RecipeReport
{
    public static JsonObject Summary(Recipe recipe, RecipeCost cost) => new()
    {
        ["name"] = recipe.Name,
        ["hash"] = recipe.Hash(),
        ["vocabulary"] = cost.Vocabulary,
        ["total_parameters"] = cost.TotalParameters,
        ["active_parameters"] = cost.ActiveParameters,
        ["active_parameters_with_head"] = cost.ActiveParametersWithHead,
        ["active_parameters_without_embeddings"] = cost.ActiveParametersWithoutEmbeddings,
        ["active_matrix_parameters"] = cost.ActiveMatrixParameters,
        ["flops_per_token"] = cost.FlopsPerToken,
        ["attention_flops_per_token"] = cost.AttentionFlopsPerToken,
        ["flops_convention"] = RecipeCost.Convention,
        ["memory_bytes"] = cost.MemoryBytes,
        ["state_bytes"] = cost.StateBytes,
        ["activation_bytes"] = cost.ActivationBytes,
        ["tokens_per_step"] = recipe.Training.TokensPerStep,
        ["tokens_per_expert"] = cost.TokensPerExpert,
        ["newton_schulz_share"] = cost.NewtonSchulzShare,
    };

    public static JsonObject ToJson(Recipe recipe, RecipeCost cost, BoundRecipe bound)
    {
        var document = Summary(recipe, cost);
        document["matrices"] = new JsonArray([.. cost.Matrices.Select(m => (JsonNode)new JsonObject
        {
            ["name"] = m.Name,
            ["role"] = m.Role,
            ["fan_out"] = m.FanOut,
            ["fan_in"] = m.FanIn,
            ["count"] = m.Count,
            ["active"] = m.Active,
            ["parameters"] = m.Parameters,
            ["newton_schulz_flops"] = m.NewtonSchulzFlops,
        })]);
        document["router_note"] = Warning(bound) ?? Target(bound);
        document["recipe"] = recipe.ToTree();
        return document;
    }

    public static string ToText(RecipeCost cost, BoundRecipe bound)
    {
        var recipe = bound.Recipe;
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append("# ").Append(name.PadRight(36)).Append(value).Append('\n');
        Line("parameters", Count(cost.TotalParameters));
        Line("active, both embeddings", Count(cost.ActiveParameters));
        Line("active, head only", Count(cost.ActiveParametersWithHead));
        Line("active, no embeddings", Count(cost.ActiveParametersWithoutEmbeddings));
        Line("vocabulary", $"{cost.Vocabulary:N0}" + (recipe.Model.Vocabulary > 0 ? "" : " (the tokenizer's; training may reduce it)"));
        Line("FLOPs per token", $"{cost.FlopsPerToken:G4} (attention {cost.AttentionFlopsPerToken / cost.FlopsPerToken:P1})");
        Line("FLOPs per step", $"{cost.FlopsPerToken * recipe.Training.TokensPerStep:G4}");
        Line("tokens per expert and step", $"{cost.TokensPerExpert:N0}");
        Line("Newton-Schulz, of the step's FLOPs", $"{cost.NewtonSchulzShare:P2} (five iterations, on one machine)");
        Line("memory", $"{Bytes(cost.MemoryBytes)}: weights, gradients, optimizer {Bytes(cost.StateBytes)}; "
            + $"activations of a micro-batch about {Bytes(cost.ActivationBytes)}");
        if (Warning(bound) is { } warning)
            text.Append("# warning: ").Append(warning).Append('\n');
        if (Target(bound) is { } target)
            text.Append("# note: ").Append(target).Append('\n');
        text.Append("# convention: ").Append(RecipeCost.Convention).Append('\n');
        return text.ToString();
    }

    private static string? Warning(BoundRecipe bound) => RouterCausality.Note(bound.Recipe.Router.Name, bound.Router);

    private static string? Target(BoundRecipe bound) => bound.Router is not IAdaptiveRouter ? null
        : $"router '{bound.Recipe.Router.Name}' approaches model.active_experts as a target; "
            + $"these figures hold once a token uses {bound.Recipe.Model.ActiveExperts} experts on average";

    public static string Count(long n) => n switch
    {
        >= 1_000_000_000_000 => $"{n / 1e12:F3}T",
        >= 1_000_000_000 => $"{n / 1e9:F3}B",
        >= 1_000_000 => $"{n / 1e6:F2}M",
        _ => $"{n / 1e3:F1}K",
    };

    private static string Bytes(long n) => n switch
    {
        >= 1L << 40 => $"{n / (double)(1L << 40):F1} TiB",
        >= 1 << 30 => $"{n / (double)(1 << 30):F1} GiB",
        _ => $"{n / (double)(1 << 20):F1} MiB",
    };
}
