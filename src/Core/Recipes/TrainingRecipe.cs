using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

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

    /// <summary>Later values of the tokens per step, by where each starts: an <see cref="Extent"/> (<c>300</c>, <c>4.9T</c>, <c>50%</c>).</summary>
    [Description("later tokens_per_step, by where each starts: a step, tokens such as 4.9T, or a share such as 50%")]
    [Form("steps with their tokens_per_step", "a whole number of tokens")]
    public IReadOnlyDictionary<string, long> BatchSteps { get; init; } = new Dictionary<string, long>();

    /// <summary>Linear warm-up: a share of the run's tokens (below 1, or <c>5%</c>), steps (from 1 up), or tokens (<c>2B</c>).</summary>
    [Range(0.0, 1e9), Description("warm-up: share of the run below 1, steps from 1 up, or 5%, 2000 steps, 2B tokens")]
    public Extent Warmup { get; init; } = 0.05;

    /// <summary>Decay at the end: a share of the run's tokens (up to 1, or <c>20%</c>), steps (above 1), or tokens (<c>1.2T</c>); 0: none.</summary>
    [Range(0.0, 1e9), Description("decay: share of the run up to 1, steps above, or 20%, 500 steps, 1.2T tokens; 0: none")]
    public Extent Decay { get; init; } = 0.4;

    /// <summary>The decay's shape.</summary>
    [Description("linear, cosine or 1-sqrt")]
    public DecayShape DecayShape { get; init; } = DecayShape.Linear;

    /// <summary>Learning rate when the last token is read, as a share of the peak; the last step begins just above it.</summary>
    [Range(0.0, 1.0), Description("learning rate at the run's end, as a share of the peak")]
    public double FinalLr { get; init; }

    /// <summary>
    /// A checkpoint that the run continues from, as the folder <c>runs/NAME/checkpoints/step-N</c>, or the name of a run in the same directory of
    /// runs, whose newest checkpoint it is: its weights, optimizer and balancer state, place in the data and count of steps and tokens.
    /// <c>{seed}</c> stands for <see cref="Seed"/>. <see cref="Steps"/> counts from the first run's start. Empty: a fresh model.
    /// </summary>
    [Description("checkpoint folder (runs/NAME/checkpoints/step-N) or run to continue from, {seed} being the seed; steps go on counting from it")]
    public string StartFrom { get; init; } = "";

    /// <summary>Global gradient norm is clipped to this; 0 leaves it alone.</summary>
    [Range(0.0, 1e9), Description("largest gradient norm; 0: no clipping")]
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Recompute each block in backward instead of keeping its activations.</summary>
    [Description("recompute blocks in backward")]
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Held-out evaluation every so many steps, tokens (<c>100M</c>) or share of the run (<c>10%</c>); 0 only at the end.</summary>
    [Range(0, 100_000_000), Description("evaluate every n steps, tokens (100M) or share (10%); 0: at the end only")]
    public Extent EvalEvery { get; init; } = 50;

    /// <summary>Held-out tokens per domain in every evaluation (<c>eval/*</c>), the last one included: always the same text.</summary>
    [Range(1, long.MaxValue), Description("held-out tokens per domain in every evaluation, always the same")]
    public long EvalTokens { get; init; } = 8192;

    /// <summary>
    /// Held-out tokens per domain in the longer evaluation after the last step (<c>eval_final/*</c>); 0 leaves it out. A run that trains on
    /// fewer tokens than it reads has none.
    /// </summary>
    [Range(0, long.MaxValue), Description("held-out tokens per domain in the longer evaluation after the last step; 0: none")]
    public long EvalFinalTokens { get; init; } = 65_536;

    /// <summary>
    /// Keys with values hidden in held-out text of one sequence, of which an evaluation asks for one (<c>eval/needle/*</c>); 0 leaves it out. Each
    /// evaluation then reads 128 more sequences.
    /// </summary>
    [Range(0, 11), LaterKey, Description("keys hidden in each text of a needle search, of which one is asked for, in every evaluation; 0: none")]
    public int NeedleKeys { get; init; }

    /// <summary>Checkpoint every so many steps, tokens (<c>10B</c>) or share of the run (<c>10%</c>); 0 only at the end and on a signal.</summary>
    [Range(0, 100_000_000), Description("checkpoint every n steps, tokens (10B) or share (10%); 0: at the end only")]
    public Extent CheckpointEvery { get; init; } = 100;

    /// <summary>Checkpoints kept; at least two, since the last may be half written when a machine dies.</summary>
    [Range(2, 1_000_000), Description("checkpoints kept")]
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Where tensors live.</summary>
    [Description("cpu or cuda")]
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>What matrix products compute in; master weights are float32 always.</summary>
    [Description("float32, tf32 or bfloat16")]
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Threads of tensor operations; 0 takes the machine's cores. Recorded: results are bit-identical only for the same number.</summary>
    [Range(0, 1024), Description("threads; 0: all cores")]
    public int Threads { get; init; }

    /// <summary>
    /// Processes that share each step's sequences, under Open MPI's <c>mpirun</c>. The sums of gradients round differently than those of one process,
    /// so the number belongs to the recipe.
    /// </summary>
    [Range(1, 4096), LaterKey, Description("processes that share each step's sequences, under Open MPI's mpirun")]
    public int Ranks { get; init; } = 1;
}

/// <summary>The decay's shape.</summary>
public enum DecayShape
{
    /// <summary>A straight line.</summary>
    Linear,

    /// <summary>Half a cosine.</summary>
    Cosine,

    /// <summary>One less the square root of the share that is done: steep at first, flat at the end (arXiv 2405.18392).</summary>
    [JsonStringEnumMemberName("1-sqrt")]
    OneMinusSqrt,
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
