using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>What the layer's kernels write, and the passes that write it.</summary>
internal sealed class LayerArrays(IDeviceMemory memory, ExpertSizes s, ProductTile tile)
{
    internal nint Tile_R4 { get; } = memory.Room<int>(4L * s.Tiles);

    internal nint P_NG { get; } = memory.Room<ushort>(2L * s.N * s.F);

    internal nint H_NF { get; } = memory.Room<ushort>((long)s.N * s.F);

    internal nint Y_ND { get; } = memory.Room<ushort>((long)s.N * s.D);

    internal nint Y_TD { get; } = memory.Room<ushort>((long)s.T * s.D);

    internal nint Dp_NG { get; } = memory.Room<ushort>(2L * s.N * s.F);

    internal nint Hg_NF { get; } = memory.Room<ushort>((long)s.N * s.F);

    internal nint Parts_CN { get; } = memory.Room<float>((long)tile.Across(s.F) * s.N);

    internal nint DGate_N { get; } = memory.Room<float>(s.N);

    internal nint Dx_ND { get; } = memory.Room<ushort>((long)s.N * s.D);

    internal nint Dx_TD { get; } = memory.Room<ushort>((long)s.T * s.D);

    internal nint DW13_EGD { get; } = memory.Room<ushort>(2L * s.E * s.F * s.D);

    internal nint DW2_EDF { get; } = memory.Room<ushort>((long)s.E * s.F * s.D);

    internal void Forward(ExpertLayer layer, LayerInputs i)
    {
        layer.Tiles(i.Ends_E, Tile_R4);
        layer.Up(i.X_TD, i.W13_EGD, i.RowToken_N, Tile_R4, H_NF, P_NG);
        layer.Down(H_NF, i.W2_EDF, i.Gate_N, i.RowChoice_N, Tile_R4, Y_ND);
        layer.Combine(Y_ND, 0, 0, Y_TD);
    }

    internal void Backward(ExpertLayer layer, LayerInputs i)
    {
        layer.DownGradient(i.Dy_TD, i.W2_EDF, P_NG, i.Gate_N, i.RowToken_N, i.RowChoice_N, Tile_R4, Dp_NG, Hg_NF, Parts_CN);
        layer.GateGradient(Parts_CN, i.RowChoice_N, DGate_N);
        layer.UpGradient(Dp_NG, i.W13_EGD, i.RowChoice_N, Tile_R4, Dx_ND);
        layer.Combine(Dx_ND, 0, 0, Dx_TD);
        layer.DownWeightGradient(i.Dy_TD, Hg_NF, i.RowToken_N, i.Ends_E, DW2_EDF);
        layer.UpWeightGradient(Dp_NG, i.X_TD, i.RowToken_N, i.Ends_E, DW13_EGD);
    }
}

/// <summary>What the layer's kernels read.</summary>
internal sealed record LayerInputs(nint X_TD, nint W13_EGD, nint W2_EDF, nint Gate_N, nint Dy_TD, nint RowToken_N, nint RowChoice_N, nint Ends_E);
