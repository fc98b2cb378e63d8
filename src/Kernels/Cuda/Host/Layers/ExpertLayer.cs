using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;

// Shapes: T tokens, D model width, F inner width, G = 2F, E experts, K choices of a token, N choices, C column tiles, R row tiles.

namespace MoELab.Kernels.Cuda.Host.Layers;

/// <summary>The routed experts of a layer on raw pointers: the CUDA kernels and their launches. The caller owns the memory.</summary>
internal sealed class ExpertLayer(IKernelLauncher launcher, ExpertSizes sizes, ProductTile tile, nint stream)
{
    private const int TileRows = ExpertSizes.TileRows, CombineThreads = 256, ScanThreads = 256;

    /// <summary>Number of column tiles (C).</summary>
    internal int ColumnTiles => tile.Across(sizes.F);

    /// <summary>Divides the rows of each expert into tiles: <paramref name="tile_R4"/> int32 [R, 4].</summary>
    internal void Tiles(nint ends_E, nint tile_R4) =>
        launcher.Launch(CudaProgram.Dispatch, "expert_tiles", new LaunchShape(1, ScanThreads, (sizes.E + 1) * sizeof(int)), stream, ends_E,
            sizes.E, sizes.Tiles, tile_R4);

    /// <summary>Gather, gate and up products, activation: <paramref name="h_NF"/>, and <paramref name="p_NG"/> unless 0.</summary>
    internal void Up(nint x_TD, nint w13_EGD, nint rowToken_N, nint tile_R4, nint h_NF, nint p_NG) =>
        Product(tile.Forward, "experts_up", tile.Across(2 * sizes.F), sizes.Tiles, 1, x_TD, w13_EGD, rowToken_N, tile_R4, sizes.D, sizes.F,
            h_NF, p_NG);

    /// <summary>Down product, weighted, in the order of choices: <paramref name="y_ND"/>.</summary>
    internal void Down(nint h_NF, nint w2_EDF, nint gate_N, nint rowChoice_N, nint tile_R4, nint y_ND) =>
        Product(tile.Forward, "experts_down", tile.Across(sizes.D), sizes.Tiles, 1, h_NF, w2_EDF, gate_N, rowChoice_N, tile_R4, sizes.D,
            sizes.F, y_ND);

    /// <summary>Sums each token's rows; the lists name the rows, or are 0 if each token has K.</summary>
    internal void Combine(nint rows_ND, nint starts_T1, nint order_N, nint out_TD) =>
        launcher.Launch(CudaProgram.Combine, "combine",
            new LaunchShape(Ceiling((long)sizes.T * (sizes.D / 8), CombineThreads), CombineThreads), stream,
            rows_ND, starts_T1, order_N, sizes.T, sizes.K, sizes.D, out_TD);

    /// <summary>
    /// Computes the gradient before the activation, and the weighted inner rows and the parts of the gates' gradient unless their pointers are 0.
    /// </summary>
    internal void DownGradient(nint dy_TD, nint w2_EDF, nint p_NG, nint gate_N, nint rowToken_N, nint rowChoice_N, nint tile_R4, nint dp_NG,
        nint hg_NF, nint parts_CN) =>
        Product(tile.Backward, "experts_down_dgrad", tile.Across(sizes.F), sizes.Tiles, 1,
            dy_TD, w2_EDF, p_NG, gate_N, rowToken_N, rowChoice_N, tile_R4, sizes.N, sizes.D, sizes.F, dp_NG, hg_NF, parts_CN);

    /// <summary>Computes the gates' gradient in the order of choices.</summary>
    internal void GateGradient(nint parts_CN, nint rowChoice_N, nint dGate_N) =>
        launcher.Launch(CudaProgram.Combine, "gate_gradient", new LaunchShape(Ceiling(sizes.N, CombineThreads), CombineThreads), stream,
            parts_CN, ColumnTiles, sizes.N, rowChoice_N, dGate_N);

    /// <summary>Computes the tokens' gradient, one row per choice: <paramref name="dx_ND"/>, ready for <see cref="Combine"/>.</summary>
    internal void UpGradient(nint dp_NG, nint w13_EGD, nint rowChoice_N, nint tile_R4, nint dx_ND) =>
        Product(tile.Backward, "experts_up_dgrad", tile.Across(sizes.D), sizes.Tiles, 1, dp_NG, w13_EGD, rowChoice_N, tile_R4, sizes.D,
            sizes.F, dx_ND);

    internal void DownWeightGradient(nint dy_TD, nint hg_NF, nint rowToken_N, nint ends_E, nint dW2_EDF) =>
        Product(tile.Backward, "experts_w2_wgrad", tile.Across(sizes.F), Ceiling(sizes.D, TileRows), sizes.E, dy_TD, hg_NF, rowToken_N,
            ends_E, sizes.D, sizes.F, dW2_EDF);

    internal void UpWeightGradient(nint dp_NG, nint x_TD, nint rowToken_N, nint ends_E, nint dW13_EGD) =>
        Product(tile.Backward, "experts_w13_wgrad", tile.Across(sizes.D), Ceiling(2 * sizes.F, TileRows), sizes.E, dp_NG, x_TD, rowToken_N,
            ends_E, sizes.D, sizes.F, dW13_EGD);

    private void Product(CudaProgram program, string kernel, int gridX, int gridY, int gridZ, params ReadOnlySpan<KernelArgument> arguments) =>
        launcher.Launch(program, kernel, new LaunchShape((gridX, gridY, gridZ), (tile.Threads, 1, 1), tile.SharedBytes), stream, arguments);

    private static int Ceiling(long size, int step) => checked((int)((size + step - 1) / step));
}
