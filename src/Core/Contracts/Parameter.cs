namespace MoELab.Contracts;

/// <summary>The role of a parameter; the recipe maps roles to optimizers.</summary>
public enum ParameterRole
{
    /// <summary>A matrix inside a block: attention projections, dense and shared FFN.</summary>
    Hidden,

    /// <summary>Routed experts: a stack of matrices.</summary>
    Experts,

    /// <summary>The router's matrix.</summary>
    Router,

    /// <summary>The token embedding.</summary>
    Embedding,

    /// <summary>The LM head.</summary>
    Head,

    /// <summary>Norm gains.</summary>
    Vectors,
}

/// <summary>The ranks over which a gradient is summed.</summary>
public enum ReductionGroup
{
    /// <summary>Every rank holds a copy.</summary>
    World,

    /// <summary>Only the ranks that hold the same experts.</summary>
    ExpertReplicas,
}

/// <summary>
/// A trainable tensor with the information that optimizers and checkpoints need. The last two axes of a matrix are
/// [fan-out, fan-in]; axes before them count matrices; <see cref="MatrixSplits"/> matrices are stacked along the fan-out axis.
/// </summary>
/// <param name="Name">Unique, dotted, stable across runs: it keys randomness and checkpoints.</param>
/// <param name="Value">float32 master weight, a leaf that requires gradients.</param>
/// <param name="Role">The role of the parameter.</param>
public sealed record Parameter(string Name, Tensor Value, ParameterRole Role)
{
    /// <summary>Matrices stacked along the fan-out axis: 2 for a fused gate and up projection.</summary>
    public int MatrixSplits { get; init; } = 1;

    /// <summary>The ranks over which its gradient is summed.</summary>
    public ReductionGroup Reduction { get; init; } = ReductionGroup.World;

    /// <summary>Whether it is a matrix (or a stack of them).</summary>
    public bool IsMatrix => Value.dim() >= 2;

    /// <summary>Rows of one matrix.</summary>
    public long FanOut => IsMatrix ? Value.shape[^2] / MatrixSplits : Value.shape[^1];

    /// <summary>Columns of one matrix.</summary>
    public long FanIn => Value.shape[^1];

    /// <summary>A view [matrices, fan-out, fan-in] of a tensor of this parameter's shape.</summary>
    public Tensor AsMatrices(Tensor tensor) => tensor.reshape(-1, FanOut, FanIn);
}
