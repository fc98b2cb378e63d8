namespace MoELab.Routing;

/// <summary>Says what a router that sees later tokens means for a run's figures.</summary>
internal static class RouterCausality
{
    /// <summary>One sentence for whoever trains, generates or looks at the recipe; null for a causal router.</summary>
    public static string? Note(string name, IRouter router) => router switch
    {
        { IsCausal: true } => null,
        { IsCausalInEvaluation: true } => $"router '{name}' lets a token's choice depend on later tokens in training, so the training loss does not "
            + "measure prediction; evaluation and generation use its rule without them, which routes differently than in training",
        _ => $"router '{name}' lets a token's choice depend on later tokens, so the training loss does not measure prediction; "
            + "there is no held-out evaluation, and the model cannot generate",
    };
}
