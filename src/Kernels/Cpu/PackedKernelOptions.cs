namespace MoELab.Kernels.Cpu;

/// <summary>Options of <see cref="PackedKernel"/>.</summary>
public sealed record PackedKernelOptions
{
    /// <summary>Whether backward recomputes the gate and up products: a quarter more work, and only the inputs are kept.</summary>
    [Description("recompute gate and up in backward instead of keeping them")]
    public bool Recompute { get; init; }
}
