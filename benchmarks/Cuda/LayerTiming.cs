using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>Medians of a layer's passes on a GPU, by events.</summary>
internal static class LayerTiming
{
    private const int Warm = 2, Rounds = 9;

    /// <summary>The sizes of issue and literature that fit a GPU with 80 GB; the first fit smaller ones.</summary>
    internal static IReadOnlyList<LayerProblem> Problems { get; } =
    [
        .. from loads in (string[])["balanced", "zipf"]
           from size in ((int, int, int, int, int)[])[(8192, 1024, 512, 64, 4), (32768, 2048, 1024, 128, 8), (32768, 3072, 3072, 256, 4)]
           select new LayerProblem(size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, loads),
    ];

    /// <summary>Milliseconds of forward, and of forward and backward.</summary>
    /// <exception cref="CudaException">The GPU's memory is full, or a launch failed.</exception>
    internal static (double Forward, double Both) Measure(CudaLauncher launcher, ProductTile tile, LayerProblem p, int[] expert_N)
    {
        using var memory = new GpuMemory(launcher.Device);
        using var timer = new CudaTimer(launcher.Device);
        var s = p.Sizes;
        var (ends_E, token_N, choice_N) = LayerCheck.Sort(launcher, memory, s, expert_N);
        float[] gates = [.. Enumerable.Repeat(1f / p.K, s.N)];
        var inputs = new LayerInputs(memory.Random((long)s.T * s.D, 1), memory.Random(2L * s.E * s.F * s.D, 0.02), memory.Random((long)s.E * s.F * s.D, 0.02), memory.Put(gates), memory.Random((long)s.T * s.D, 1), token_N, choice_N, ends_E);
        var (arrays, layer) = (new LayerArrays(memory, s, tile), new ExpertLayer(launcher, s, tile, 0));
        return (Median(() => arrays.Forward(layer, inputs)), Median(() =>
        {
            arrays.Forward(layer, inputs);
            arrays.Backward(layer, inputs);
        }));

        double Median(Action work)
        {
            for (var i = 0; i < Warm; i++)
                work();
            return Enumerable.Range(0, Rounds).Select(_ => (double)timer.Milliseconds(work)).Order().ElementAt(Rounds / 2);
        }
    }
}
