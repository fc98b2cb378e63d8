namespace MoELab.Recipes;

/// <summary>
/// The Trinity family (technical report, arXiv 2602.17004, Table 1), and one step beyond it. They serve to read, cost and
/// scale down; no machine with two cores trains them.
/// </summary>
internal static class TrinityPresets
{
    /// <summary>6.12B parameters, 1.02B of them active.</summary>
    public static Recipe Nano() => NanoAndMini("trinity-nano", 3e-4, new ModelRecipe
    {
        Layers = 56,
        DenseLayers = 2,
        DModel = 1024,
        Ffn = 3072,
        ExpertFfn = 256,
        Heads = 8,
        KvHeads = 2,
    });

    /// <summary>26.12B parameters, 3.47B of them active.</summary>
    public static Recipe Mini() => NanoAndMini("trinity-mini", 2e-4, new ModelRecipe
    {
        Layers = 32,
        DenseLayers = 2,
        DModel = 2048,
        Ffn = 6144,
        ExpertFfn = 1024,
        Heads = 32,
        KvHeads = 4,
    });

    /// <summary>398.6B parameters, 13.37B of them active.</summary>
    public static Recipe Large() => new()
    {
        Name = "trinity-large",
        Model = new ModelRecipe
        {
            Layers = 60,
            DenseLayers = 6,
            DModel = 3072,
            Ffn = 12288,
            ExpertFfn = 3072,
            Heads = 48,
            KvHeads = 8,
            HeadDim = 128,
            Experts = 256,
            ActiveExperts = 4,
            RouteScale = 2.448,
            Window = 4096,
            Vocabulary = Vocabulary,
        },
        Balancer = new PluginChoice("smebu", new JsonObject { ["lambda"] = 5e-4, ["kappa"] = 2.0, ["beta"] = 0.5 }),
        Losses = new Dictionary<string, JsonObject>
        {
            ["head-z"] = new() { ["weight"] = 1e-6 },
            ["sequence-wise"] = new() { ["weight"] = 1e-4 },
        },
        Optimizer = Rates(8e-4, 2e-4),
        Data = Mixture(13, 4, 3),
        // 17T tokens: 12288 sequences per step for the first 4.9T, then 16384. The decay begins with the last phase of the data: figure 1
        // of the report shows its effect from about there, and the checkpoint published at 10T tokens is before it.
        Training = Cluster with
        {
            Steps = 138_829,
            SequenceLength = 8192,
            TokensPerStep = 12_288L * 8192,
            MicroBatchTokens = 8192,
            BatchSteps = new Dictionary<string, long> { ["4.9T"] = 16_384L * 8192 },
            Decay = "2.55T",
            DecayShape = DecayShape.Cosine,
            FinalLr = 0.1,
        },
    };

    /// <summary>
    /// 4 of 512 experts: the routing announced for Trinity's successor, whose other sizes are not published. Here Large's
    /// depth, expert width and schedule with d_model 4096, which lands just above 1T.
    /// </summary>
    public static Recipe OneTrillion()
    {
        var large = Large();
        return large with { Name = "trinity-1t", Model = large.Model with { DModel = 4096, Ffn = 16384, Heads = 64, Experts = 512 } };
    }

    // The released configuration's padded embedding; o200k_base replaces the report's tokenizer, a 200K BPE.
    private const int Vocabulary = 200_192;

    private static Recipe NanoAndMini(string name, double adamLr, ModelRecipe model) => new()
    {
        Name = name,
        Model = model with
        {
            HeadDim = 128,
            Experts = 128,
            ActiveExperts = 8,
            RouteScale = 2.826,
            Window = 2048,
            IntraDocumentMask = false,
            Vocabulary = Vocabulary,
        },
        Balancer = new PluginChoice("sign-bias", new JsonObject { ["gamma"] = 1e-3 }),
        Optimizer = Rates(1e-3, adamLr),
        Data = Mixture(7, 1.8, 1.2),
        // 10T tokens. The report gives both batch sizes and not when they change: half of the tokens at each. Nor does it say when the
        // decay begins, only that it follows a stable stage: here with the last phase of the data, as Large's figure 1 shows it.
        Training = Cluster with
        {
            Steps = 447_035,
            SequenceLength = 4096,
            TokensPerStep = 4096L * 4096,
            MicroBatchTokens = 4096,
            BatchSteps = new Dictionary<string, long> { ["5T"] = 8192L * 4096 },
            Decay = "1.2T",
        },
    };

    private static TrainingRecipe Cluster => new()
    {
        Warmup = 2000,
        ActivationCheckpointing = true,
        EvalEvery = 1000,
        CheckpointEvery = 500,
        EvalTokens = 1 << 20,
        Device = ComputeDevice.Cuda,
        Precision = Precision.Bfloat16,
    };

    /// <summary>Trinity's split of parameters with these learning rates.</summary>
    public static OptimizerRecipe Rates(double muon, double adam) => new(OptimizerRecipe.TrinitySplit, new Dictionary<string, JsonObject>
    {
        ["adamw"] = new() { ["lr"] = adam },
        ["muon"] = new() { ["lr"] = muon },
    });

    // Phases by length in tokens; the report says that later ones hold more code, mathematics and science and gives no weights, and
    // the corpora are not public: weights are the user's to set, and without them domains count by size. The report's buffer of
    // 4096 documents is one worker's.
    private static DataRecipe Mixture(double first, double second, double third) => new()
    {
        Tokenizer = "o200k_base",
        Phases = [new PhaseRecipe { Share = first }, new PhaseRecipe { Share = second }, new PhaseRecipe { Share = third }],
        Buffer = 4096,
        MaxBytesPerDomain = 0,
    };
}
