using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>Sort by expert, forward and backward of one problem against the oracle.</summary>
internal static class LayerCheck
{
    // Inputs are exact; what is kept between kernels is rounded to 8 bits.
    private const double Rounded = 2e-2;

    internal static IReadOnlyList<LayerProblem> Problems { get; } =
    [
        new(300, 64, 48, 8, 2, "balanced"), new(200, 136, 40, 64, 4, "zipf"), new(1, 16, 8, 4, 2, "balanced"), new(64, 16, 8, 256, 4, "balanced"), new(150, 32, 264, 1, 1, "balanced"),
    ];

    internal static IEnumerable<CheckResult> Run(IKernelLauncher launcher, IDeviceMemory memory, LayerProblem p, ProductTile tile)
    {
        var random = new Random(3);
        var name = $"{p.Name}, {tile.Name}";
        var (s, expert_N) = (p.Sizes, p.Experts());
        ushort[] x = Bf16.Normal(random, (long)p.T * p.D, 1), dy = Bf16.Normal(random, (long)p.T * p.D, 1);
        ushort[] w13 = Bf16.Normal(random, 2L * p.E * p.F * p.D, 0.3), w2 = Bf16.Normal(random, (long)p.E * p.F * p.D, 0.3);
        float[] gates = [.. Enumerable.Range(0, s.N).Select(_ => (float)random.NextDouble())];
        var oracle = new LayerOracle(p, expert_N, Bf16.To(x), Bf16.To(w13), Bf16.To(w2), gates, Bf16.To(dy));

        var (ends_E, token_N, choice_N) = Sort(launcher, memory, s, expert_N);
        yield return Exact("dispatch_scan", "ends_E", p, oracle.Ends_E, memory.Get<int>(ends_E));
        yield return Exact("dispatch_place", "rowToken_N", p, oracle.RowToken_N, memory.Get<long>(token_N));
        yield return Exact("dispatch_place", "rowChoice_N", p, oracle.RowChoice_N, memory.Get<long>(choice_N));

        var inputs = new LayerInputs(memory.Put(x), memory.Put(w13), memory.Put(w2), memory.Put(gates), memory.Put(dy), token_N, choice_N, ends_E);
        var (arrays, layer) = (new LayerArrays(memory, s, tile), new ExpertLayer(launcher, s, tile, 0));
        arrays.Forward(layer, inputs);
        arrays.Backward(layer, inputs);
        yield return Close("experts_up", "p_NG", oracle.P_NG, arrays.P_NG);
        yield return Close("experts_up", "h_NF", oracle.H_NF, arrays.H_NF);
        yield return Close("experts_down", "y_ND", oracle.Y_ND, arrays.Y_ND);
        yield return Close("combine", "y_TD", oracle.Y_TD, arrays.Y_TD);
        yield return Close("experts_down_dgrad", "dp_NG", oracle.Dp_NG, arrays.Dp_NG);
        yield return Close("experts_down_dgrad", "hg_NF", oracle.Hg_NF, arrays.Hg_NF);
        yield return CheckResult.Of("gate_gradient", "dGate_N", name, oracle.DGate_N, Array.ConvertAll(memory.Get<float>(arrays.DGate_N), v => (double)v), Rounded);
        yield return Close("experts_up_dgrad", "dx_ND", oracle.Dx_ND, arrays.Dx_ND);
        yield return Close("combine", "dx_TD", oracle.Dx_TD, arrays.Dx_TD);
        yield return Close("experts_w2_wgrad", "dW2_EDF", oracle.DW2_EDF, arrays.DW2_EDF);
        yield return Close("experts_w13_wgrad", "dW13_EGD", oracle.DW13_EGD, arrays.DW13_EGD);

        CheckResult Close(string kernel, string output, double[] expected, nint actual) => CheckResult.Of(kernel, output, name, expected, Bf16.To(memory.Get<ushort>(actual)), Rounded);
    }

    /// <summary>The three kernels that sort choices by expert.</summary>
    internal static (nint Ends_E, nint RowToken_N, nint RowChoice_N) Sort(IKernelLauncher launcher, IDeviceMemory memory, ExpertSizes s, int[] expert)
    {
        nint expert_N = memory.Put(Array.ConvertAll(expert, e => (long)e)), offsets_BE = memory.Room<int>((long)RoutingLayer.Blocks(s.N) * s.E), ends_E = memory.Room<int>(s.E);
        nint token_N = memory.Room<long>(s.N), choice_N = memory.Room<long>(s.N);
        new RoutingLayer(launcher, new RoutingSizes(s.T, s.E, s.K), 0).Sort(s.N, expert_N, 0, offsets_BE, ends_E, token_N, choice_N);
        return (ends_E, token_N, choice_N);
    }

    private static CheckResult Exact<T>(string kernel, string output, LayerProblem p, T[] expected, T[] actual) where T : IConvertible =>
        CheckResult.Of(kernel, output, p.Name, Array.ConvertAll(expected, v => v.ToDouble(null)), Array.ConvertAll(actual, v => v.ToDouble(null)), 0);
}
