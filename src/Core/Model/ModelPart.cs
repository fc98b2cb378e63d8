namespace MoELab.Model;

/// <summary>The parts of a model in a profile.</summary>
internal static class ModelPart
{
    internal const string Embedding = "embedding", Attention = "attention", Dense = "dense FFN", Router = "router", Experts = "experts",
        Shared = "shared experts", Between = "norms, residuals", Head = "head and loss";

    /// <summary>In the order of a forward pass.</summary>
    internal static IReadOnlyList<string> All { get; } = [Embedding, Attention, Dense, Router, Experts, Shared, Between, Head];
}
