namespace MoELab.Recipes;

/// <summary>
/// Trinity's shape at sizes that two CPU cores train in minutes. Rates of balancer and optimizer fit a few hundred steps: a bias that moves 5e-4 a
/// step (Trinity Large) cannot cross the spread of the scores in 300 steps, so lambda is 2e-2 here. Route scales follow Moonlight's rule
/// (arXiv 2502.16982, Figure 6): the factor that keeps the norm of K renormalised gates near 1, about the root of K.
/// </summary>
internal static class LabPresets
{
    /// <summary>About 0.6M active parameters: seconds per hundred steps, for tests and first looks.</summary>
    public static Recipe Tiny() => Of("lab-tiny", 2e-2, "bpe-512", 300, 4096, Model with { RouteScale = 1.4, Window = 64 });

    /// <summary>About 2.3M active parameters, 32 experts, 4 active: where ratios between balancers begin to mean something.</summary>
    // At 4,096 tokens per step Newton-Schulz would cost as much as the experts; 32,768 keeps it a small share.
    public static Recipe Small() => Of("lab-small", 1e-2, "bpe-1024", 1000, 32_768, Model with
    {
        DModel = 256,
        Ffn = 384,
        ExpertFfn = 96,
        Heads = 4,
        Experts = 32,
        ActiveExperts = 4,
        RouteScale = 2.0,
    });

    /// <summary>256 tiny experts, 4 active: the routing of Trinity Large at toy width.</summary>
    // 256 tokens per expert and step.
    public static Recipe ManyExperts() => Of("lab-256", 1e-2, "bpe-1024", 500, 16_384, Model with
    {
        ExpertFfn = 32,
        Experts = 256,
        ActiveExperts = 4,
        RouteScale = 2.0,
    });

    private static ModelRecipe Model => new()
    {
        Layers = 4,
        DenseLayers = 1,
        DModel = 128,
        Ffn = 256,
        ExpertFfn = 64,
        Heads = 2,
        KvHeads = 1,
        HeadDim = 64,
        Experts = 16,
        ActiveExperts = 2,
        SharedExperts = 1,
        Window = 128,
    };

    private static Recipe Of(string name, double lambda, string tokenizer, int steps, int tokensPerStep, ModelRecipe model) => new()
    {
        Name = name,
        Model = model,
        Balancer = new PluginChoice("smebu", new JsonObject { ["lambda"] = lambda, ["kappa"] = 2.0, ["beta"] = 0.5 }),
        Optimizer = TrinityPresets.Rates(muon: 2e-2, adam: 3e-3),
        Data = new DataRecipe { Tokenizer = tokenizer },
        Training = new TrainingRecipe { Steps = steps, SequenceLength = 256, TokensPerStep = tokensPerStep, MicroBatchTokens = 4096 },
    };
}
