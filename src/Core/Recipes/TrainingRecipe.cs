using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Recipes;

/// <summary>How long, how fast and on what a run trains.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Optimizer steps.</summary>
    [Range(1, 100_000_000), Description("optimizer steps")]
    public int Steps { get; init; } = 300;

    /// <summary>Seed of every random choice.</summary>
    [Range(0, long.MaxValue), Description("seed of every random choice")]
    public long Seed { get; init; } = 1;

    /// <summary>Tokens per sequence.</summary>
    [Range(2, 1 << 24), Description("tokens per sequence")]
    public int SequenceLength { get; init; } = 256;

    /// <summary>Tokens per optimizer step; a multiple of the sequence length.</summary>
    [Range(2, long.MaxValue), Description("tokens per optimizer step")]
    public long TokensPerStep { get; init; } = 4096;

    /// <summary>Tokens per micro-batch; a multiple of the sequence length that divides the tokens per step.</summary>
    [Range(2, long.MaxValue), Description("tokens per micro-batch")]
    public long MicroBatchTokens { get; init; } = 4096;

    /// <summary>Later values of the tokens per step, by the step at which each starts.</summary>
    [Description("later tokens_per_step, by step")]
    public IReadOnlyDictionary<string, long> BatchSteps { get; init; } = new Dictionary<string, long>();

    /// <summary>Linear warm-up: a share of the steps below 1, a number of steps from 1 up.</summary>
    [Range(0.0, 1e9), Description("warm-up: share of the steps below 1, steps from 1 up")]
    public double Warmup { get; init; } = 0.05;

    /// <summary>Decay at the end: a share of the steps up to 1, a number of steps above.</summary>
    [Range(0.0, 1e9), Description("decay: share of the steps up to 1, steps above")]
    public double Decay { get; init; } = 0.4;

    /// <summary>The decay's shape.</summary>
    [Description("linear or cosine")]
    public DecayShape DecayShape { get; init; } = DecayShape.Linear;

    /// <summary>Learning rate at the end, as a share of the peak.</summary>
    [Range(0.0, 1.0), Description("last learning rate as a share of the peak")]
    public double FinalLr { get; init; }

    /// <summary>Global gradient norm is clipped to this; 0 leaves it alone.</summary>
    [Range(0.0, 1e9), Description("largest gradient norm; 0: no clipping")]
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Recompute each block in backward instead of keeping its activations.</summary>
    [Description("recompute blocks in backward")]
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Held-out evaluation every so many steps; 0 only at the end.</summary>
    [Range(0, 100_000_000), Description("evaluate every n steps; 0: at the end only")]
    public int EvalEvery { get; init; } = 50;

    /// <summary>Held-out tokens per domain in an evaluation during the run; the last one reads all, up to 8 times as many.</summary>
    [Range(1, long.MaxValue), Description("held-out tokens per domain in an evaluation; the last one reads up to eight times as many")]
    public long EvalTokens { get; init; } = 8192;

    /// <summary>Checkpoint every so many steps; 0 only at the end and on a signal.</summary>
    [Range(0, 100_000_000), Description("checkpoint every n steps; 0: at the end only")]
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>Checkpoints kept; at least two, since the last may be half written when a machine dies.</summary>
    [Range(2, 1_000_000), Description("checkpoints kept")]
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Where tensors live.</summary>
    [Description("cpu or cuda")]
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>What matrix products compute in; master weights are float32 always.</summary>
    [Description("float32, tf32 or bfloat16")]
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Threads of tensor operations; 0 takes the machine's cores. Recorded: bit-identity holds at the same number.</summary>
    [Range(0, 1024), Description("threads; 0: all cores")]
    public int Threads { get; init; }
}

/// <summary>The decay's shape.</summary>
public enum DecayShape
{
    /// <summary>A straight line.</summary>
    Linear,

    /// <summary>Half a cosine.</summary>
    Cosine,
}

/// <summary>Where tensors live.</summary>
public enum ComputeDevice
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>The first CUDA device.</summary>
    Cuda,
}

/// <summary>What matrix products compute in.</summary>
public enum Precision
{
    /// <summary>IEEE single.</summary>
    Float32,

    /// <summary>TensorFloat-32 products on CUDA.</summary>
    Tf32,

    /// <summary>bfloat16 compute over float32 master weights, on CUDA.</summary>
    Bfloat16,
}
