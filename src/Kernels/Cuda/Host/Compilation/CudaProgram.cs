namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>Sources that are compiled together into one module. <c>Sources/README.md</c> lists its CUDA kernels and their arguments.</summary>
/// <param name="Name">The module's name.</param>
/// <param name="Texts">Embedded sources, in order.</param>
internal sealed record CudaProgram(string Name, params IReadOnlyList<string> Texts)
{
    /// <summary>The source whose two functions a notebook cell can replace.</summary>
    internal const string Activation = "activation_swiglu";

    private const string Warpgroups = "wgmma";

    internal static CudaProgram Routing { get; } = new("routing", "prelude", "routing");
    internal static CudaProgram Dispatch { get; } = new("dispatch", "prelude", "dispatch");
    internal static CudaProgram Combine { get; } = new("combine", "prelude", "combine");
    internal static CudaProgram BiasUpdate { get; } = new("bias_update", "prelude", "bias_update");

    internal static CudaProgram ExpertsForward { get; } =
        new("experts_forward", "prelude", "tiles_mma", "operands", "results", Activation, "experts_forward");

    internal static CudaProgram ExpertsBackward { get; } =
        new("experts_backward", "prelude", "tiles_mma", "operands", "results", Activation, "experts_backward");

    internal static CudaProgram ExpertsForwardWgmma { get; } =
        new("experts_forward_wgmma", "prelude", Warpgroups, "tiles_wgmma", "operands", "results", Activation, "experts_forward");

    internal static CudaProgram ExpertsBackwardWgmma { get; } =
        new("experts_backward_wgmma", "prelude", Warpgroups, "tiles_wgmma", "operands", "results", Activation, "experts_backward");

    internal static IReadOnlyList<CudaProgram> All { get; } =
        [Routing, Dispatch, Combine, BiasUpdate, ExpertsForward, ExpertsBackward, ExpertsForwardWgmma, ExpertsBackwardWgmma];

    /// <summary>Whether the GPU has the instructions that the program uses.</summary>
    internal bool RunsOn(CudaArchitecture architecture) => architecture == CudaArchitecture.Sm90 || !Texts.Contains(Warpgroups);

    internal bool HasActivation => Texts.Contains(Activation);

    /// <summary>The whole text; <paramref name="activation"/> replaces SwiGLU.</summary>
    internal string Source(CudaText? activation = null) =>
        string.Concat(Texts.Select(t => (t == Activation ? activation ?? CudaText.Embedded(t) : CudaText.Embedded(t)).Numbered));
}
