using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Kernels.Cuda.Host.Layers;

/// <summary>How the products of the expert layer are divided into blocks, and with which instructions a block multiplies.</summary>
/// <param name="Name">The name in messages and tables.</param>
/// <param name="Columns">Columns of a block; it has <see cref="ExpertSizes.TileRows"/> rows.</param>
/// <param name="Threads">Threads per block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="Forward">The program with <c>experts_up</c> and <c>experts_down</c>.</param>
/// <param name="Backward">The program with the four products of the backward pass.</param>
internal sealed record ProductTile(string Name, int Columns, int Threads, int SharedBytes, CudaProgram Forward, CudaProgram Backward)
{
    /// <summary><c>mma.sync</c>: every GPU from compute capability 8.0 on.</summary>
    internal static ProductTile Mma { get; } = new("mma", 128, 128, 64 * 1024, CudaProgram.ExpertsForward, CudaProgram.ExpertsBackward);

    /// <summary><c>wgmma</c>: compute capability 9.0 only.</summary>
    internal static ProductTile Wgmma { get; } =
        new("wgmma", 256, 256, 192 * 1024, CudaProgram.ExpertsForwardWgmma, CudaProgram.ExpertsBackwardWgmma);

    /// <summary>Every program that the expert layer and its routing use.</summary>
    internal IReadOnlyList<CudaProgram> Layer => [CudaProgram.Routing, CudaProgram.Dispatch, CudaProgram.Combine, Forward, Backward];

    /// <summary>The tiles for which a GPU has instructions.</summary>
    internal static IReadOnlyList<ProductTile> Of(CudaArchitecture architecture) => Wgmma.Forward.RunsOn(architecture) ? [Mma, Wgmma] : [Mma];

    /// <summary>Number of column tiles (C) of a width.</summary>
    internal int Across(int width) => (width + Columns - 1) / Columns;
}
