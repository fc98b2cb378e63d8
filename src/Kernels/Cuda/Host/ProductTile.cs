namespace MoELab.Cuda;

/// <summary>How the products of the expert layer are cut into blocks, and by which instructions a block multiplies.</summary>
/// <param name="Name">In messages and tables.</param>
/// <param name="Columns">Columns of a block; it has <see cref="ExpertSizes.TileRows"/> rows.</param>
/// <param name="Threads">Of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="Forward">Holds <c>experts_up</c> and <c>experts_down</c>.</param>
/// <param name="Backward">Holds the four products backward.</param>
internal sealed record ProductTile(string Name, int Columns, int Threads, int SharedBytes, CudaProgram Forward, CudaProgram Backward)
{
    /// <summary><c>mma.sync</c>: every card from compute capability 8.0 on.</summary>
    internal static ProductTile Mma { get; } = new("mma", 128, 128, 64 * 1024, CudaProgram.ExpertsForward, CudaProgram.ExpertsBackward);

    /// <summary><c>wgmma</c>: compute capability 9.0 only.</summary>
    internal static ProductTile Wgmma { get; } =
        new("wgmma", 256, 256, 192 * 1024, CudaProgram.ExpertsForwardWgmma, CudaProgram.ExpertsBackwardWgmma);

    /// <summary>What the expert layer and its routing run.</summary>
    internal IReadOnlyList<CudaProgram> Layer => [CudaProgram.Routing, CudaProgram.Dispatch, CudaProgram.Combine, Forward, Backward];

    /// <summary>The tiles that a card has instructions for.</summary>
    internal static IReadOnlyList<ProductTile> Of(CudaArchitecture architecture) => Wgmma.Forward.RunsOn(architecture) ? [Mma, Wgmma] : [Mma];

    /// <summary>C of a width.</summary>
    internal int Across(int width) => (width + Columns - 1) / Columns;
}
