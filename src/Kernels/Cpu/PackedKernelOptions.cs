using System.ComponentModel;

namespace MoELab.Kernels.Cpu;

/// <summary>Options of <see cref="PackedKernel"/>.</summary>
public sealed record PackedKernelOptions
{
    /// <summary>Whether backward computes the gate and up products again: a quarter more work, and nothing but the inputs is kept.</summary>
    [Description("compute gate and up again in backward instead of keeping them")]
    public bool Recompute { get; init; }
}
