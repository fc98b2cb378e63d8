using System.Globalization;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>The table: TFLOP/s of forward, and of forward and backward. What was not measured stays empty.</summary>
internal static class TimeTable
{
    internal const string Head = """
        | T | d | width | E | K | loads | tokens per expert | padding | products | ours fwd | ours both | grouped_mm fwd | grouped_mm both | dense fwd | dense both | both: of grouped_mm | both: of dense | copy GB/s |
        |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
        """;

    internal static string Row(LayerProblem p, ProductTile tile, double padding, (double Forward, double Both)? ours, TorchTimes torch)
    {
        const double BackwardToo = 3;
        string[] cells =
        [
            $"{p.T}", $"{p.D}", $"{p.F}", $"{p.E}", $"{p.K}", p.Loads, Text((double)p.T * p.K / p.E, "0"), Text(padding, "0.0%"), tile.Name,
            Rate(1, ours?.Forward), Rate(BackwardToo, ours?.Both), Rate(1, torch.Grouped), Rate(BackwardToo, torch.GroupedBoth), Rate(1, torch.Dense), Rate(BackwardToo, torch.DenseBoth),
            Text(torch.GroupedBoth / ours?.Both, "0.00x"), Text(torch.DenseBoth / ours?.Both, "0.00x"), Text(torch.Copy, "0"),
        ];
        return $"| {string.Join(" | ", cells)} |";

        string Rate(double passes, double? milliseconds) => Text(passes * p.Flops / milliseconds / 1e9, "0.0");
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
