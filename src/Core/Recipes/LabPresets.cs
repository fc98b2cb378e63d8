namespace MoELab.Recipes;

/// <summary>
/// Trinity's shape at sizes that two CPU cores train in minutes. Rates of balancer and optimizer fit a few hundred steps:
/// a bias that moves 5e-4 a step (Trinity Large) cannot cross the spread of the scores in 300 steps, so lambda is 2e-2 here. Route scales follow Moonlight's rule
/// (arXiv 2502.16982, Figure 6): the factor that keeps the norm of K renormalised gates near 1, about the root of K.
/// </summary>
internal static class LabPresets
{
    /// <summary>About 0.6M active parameters: seconds per hundred steps, for tests and first looks.</summary>
    public static Recipe Tiny() => new()
    {
        Name = "lab-tiny",
        Model = new ModelRecipe
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
            RouteScale = 1.4,
            Window = 64,
        },
        Balancer = Balance(2e-2),
        Optimizer = Rates(),
        Data = new DataRecipe { Tokenizer = "bpe-512" },
        Training = new TrainingRecipe { Steps = 300, SequenceLength = 256, TokensPerStep = 4096, MicroBatchTokens = 4096 },
    };

    /// <summary>About 2.3M active parameters, 32 experts, 4 active: where ratios between balancers begin to mean something.</summary>
    public static Recipe Small() => new()
    {
        Name = "lab-small",
        Model = new ModelRecipe
        {
            Layers = 4,
            DenseLayers = 1,
            DModel = 256,
            Ffn = 384,
            ExpertFfn = 96,
            Heads = 4,
            KvHeads = 1,
            HeadDim = 64,
            Experts = 32,
            ActiveExperts = 4,
            SharedExperts = 1,
            RouteScale = 2.0,
            Window = 128,
        },
        Balancer = Balance(1e-2),
        Optimizer = Rates(),
        Data = new DataRecipe { Tokenizer = "bpe-1024" },
        // At 4,096 tokens per step Newton-Schulz would cost as much as the experts; 32,768 keeps it a small share.
        Training = new TrainingRecipe { Steps = 1000, SequenceLength = 256, TokensPerStep = 32_768, MicroBatchTokens = 4096 },
    };

    /// <summary>256 tiny experts, 4 active: the routing of Trinity Large at toy width.</summary>
    public static Recipe ManyExperts() => new()
    {
        Name = "lab-256",
        Model = new ModelRecipe
        {
            Layers = 4,
            DenseLayers = 1,
            DModel = 128,
            Ffn = 256,
            ExpertFfn = 32,
            Heads = 2,
            KvHeads = 1,
            HeadDim = 64,
            Experts = 256,
            ActiveExperts = 4,
            SharedExperts = 1,
            RouteScale = 2.0,
            Window = 128,
        },
        Balancer = Balance(1e-2),
        Optimizer = Rates(),
        Data = new DataRecipe { Tokenizer = "bpe-1024" },
        // 256 tokens per expert and step.
        Training = new TrainingRecipe { Steps = 500, SequenceLength = 256, TokensPerStep = 16_384, MicroBatchTokens = 4096 },
    };

    // Trinity Large: lambda 5e-4 over 138,829 steps.
    private static PluginChoice Balance(double lambda) =>
        new("smebu", new JsonObject { ["lambda"] = lambda, ["kappa"] = 2.0, ["beta"] = 0.5 });

    private static OptimizerRecipe Rates() => new(OptimizerRecipe.TrinitySplit, new Dictionary<string, JsonObject>
    {
        ["adamw"] = new() { ["lr"] = 3e-3 },
        ["muon"] = new() { ["lr"] = 2e-2 },
    });
}
