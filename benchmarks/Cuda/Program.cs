using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.CudaCheck;

/// <summary>
/// Checks and times every CUDA kernel on the first GPU. Exit codes: 0 all agree, 1 one does not, 3 there is nothing to run on.
/// Option <c>--check</c> leaves out the timing.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.FirstOrDefault(a => a != "--check") is { } unknown)
        {
            Console.Error.WriteLine($"moelab-cuda-check: '{unknown}' is no option; expected nothing or --check");
            return 2;
        }
        if (CudaLauncher.Find(0, null, out var reason) is not { } launcher)
        {
            Console.Error.WriteLine($"moelab-cuda-check: nothing can run here, because {reason}");
            return 3;
        }
        try
        {
            Console.WriteLine($"{launcher.Device.Name}, compute capability {launcher.Device.Capability / 10}.{launcher.Device.Capability % 10}, code for {launcher.Architecture.Name}, {DateTime.UtcNow:yyyy-MM-dd}");
            launcher.Prepare(CudaProgram.All.Where(p => p.RunsOn(launcher.Architecture)));
            if (!Check(launcher))
                return 1;
            if (args.Length == 0)
                Time(launcher);
            return 0;
        }
        catch (CudaException e)
        {
            Console.Error.WriteLine($"moelab-cuda-check: {e.Message}");
            return 1;
        }
    }

    private static bool Check(CudaLauncher launcher)
    {
        using var memory = new GpuMemory(launcher.Device);
        var results = AllChecks(launcher, memory, ProductTile.Of(launcher.Architecture)).ToArray();
        foreach (var failed in results.Where(r => !r.Passed))
            Console.WriteLine($"WRONG {failed.Kernel} {failed.Output} ({failed.Case}): off by {failed.Error:0.0e0}, at most {failed.Tolerance:0.0e0} allowed");
        foreach (var kernel in results.GroupBy(r => r.Kernel))
            Console.WriteLine($"{(kernel.All(r => r.Passed) ? "ok   " : "WRONG")} {kernel.Key}: {kernel.Count()} checks, largest error {kernel.Max(r => r.Error):0.0e0}");
        var beside = memory.WrittenBeside().ToArray();
        foreach (var bytes in beside)
            Console.WriteLine($"WRONG a kernel wrote beside an array of {bytes} bytes");
        if (beside.Length == 0)
            Console.WriteLine("ok    nothing was written beside an array");
        return results.All(r => r.Passed) && beside.Length == 0;
    }

    /// <summary>Every kernel against float64.</summary>
    internal static IEnumerable<CheckResult> AllChecks(IKernelLauncher launcher, IDeviceMemory memory, IReadOnlyList<ProductTile> tiles) =>
    [
        .. RoutingCheck.Route(launcher, memory, 37, 64, 8, softmax: false), .. RoutingCheck.Route(launcher, memory, 9, 256, 4, softmax: true), .. RoutingCheck.Bias(launcher, memory, 3, 256),
        .. from tile in tiles from problem in LayerCheck.Problems from result in LayerCheck.Run(launcher, memory, problem, tile) select result,
    ];

    private static void Time(CudaLauncher launcher)
    {
        Console.WriteLine();
        Console.WriteLine("bfloat16, TFLOP/s, medians; both: forward and backward");
        Console.WriteLine(TimeTable.Head);
        var notes = new List<string>();
        foreach (var problem in LayerTiming.Problems)
        {
            var expert_N = problem.Experts();
            var torch = TorchSide.Measure(problem, expert_N, out var note);
            if (note.Length > 0)
                notes.Add($"{problem.Name}: {note}");
            foreach (var tile in ProductTile.Of(launcher.Architecture))
            {
                (double, double)? ours = null;
                try
                {
                    ours = LayerTiming.Measure(launcher, tile, problem, expert_N);
                }
                catch (CudaException e)
                {
                    notes.Add($"{problem.Name}, {tile.Name}: {e.Message}");
                }
                Console.WriteLine(TimeTable.Row(problem, tile, problem.PaddingWaste(expert_N), ours, torch));
            }
        }
        notes.Distinct().ToList().ForEach(Console.WriteLine);
    }
}
