// Shapes: T tokens, D model width, F inner width, E experts, K choices of a token.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MoELab.Contracts;
using MoELab.Experts;
using MoELab.Kernels.Cpu;

namespace MoELab.Benchmarks;

/// <summary>
/// Memory that the processor's kernel takes over one forward and backward pass, as the C library's allocator counts it, without its results
/// and gradients, against what has to be saved: T K rows of 2F numbers.
/// </summary>
internal static partial class KernelMemory
{
    private const string Variable = "MOELAB_KERNEL_MEMORY";
    private static readonly (int T, int D, int F, int E, int K)[] Cases = [(4096, 256, 128, 32, 4), (4096, 256, 64, 128, 8), (2048, 128, 64, 64, 4), (4096, 512, 256, 32, 4)];

    /// <summary>Each case in a process of its own, so that none finds what another one left.</summary>
    public static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } which)
        {
            for (var i = 0; i < Cases.Length; i++)
            {
                // Started by 'dotnet FILE' or as a program of its own.
                var host = Environment.ProcessPath!;
                var start = new ProcessStartInfo(host, Path.GetFileNameWithoutExtension(host) == "dotnet" ? [typeof(KernelMemory).Assembly.Location, "kernel-memory"] : ["kernel-memory"]);
                start.Environment[Variable] = i.ToString(CultureInfo.InvariantCulture);
                using var process = Process.Start(start)!;
                process.WaitForExit();
                if (process.ExitCode != 0)
                    throw new InvalidOperationException($"the process of case {i} ended with {process.ExitCode}");
            }
            return;
        }
        var (t, d, f, e, k) = Cases[int.Parse(which, CultureInfo.InvariantCulture)];
        var needed = 4.0 * t * k * 2 * f;
        Measure(8, 16, 16, 2, 1);
        var (saved, forward, backward) = Measure(t, d, f, e, k);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{t}, {d}, {f}, {e}, {k}: to be saved {needed / 1e6:0.0} MB; saved and kept x{saved / needed:0.00}, peak forward x{forward / needed:0.00}, peak backward x{backward / needed:0.00}"));
    }

    private static (double Saved, double Forward, double Backward) Measure(int t, int d, int f, int e, int k)
    {
        var (x_TD, gates_N) = (Components.Leaf(t, d), Components.Leaf((long)t * k));
        var weights = new ExpertWeights(Components.Leaf(e, 2L * f, d), Components.Leaf(e, d, f));
        var choice = RouterChoice.FromTopK(torch.arange((long)t * k).mul_(7).remainder_(e).reshape(t, k));
        var kernel = new PackedKernel(new PackedKernelOptions());
        using var plan = DispatchPlanner.Plan(choice, t, e);
        var dY_TD = torch.ones(t, d);
        List<Tensor> leaves = [x_TD, weights.W13_EGD, weights.W2_EDF, gates_N];
        (double, double, double) measured = default;
        // Before the first pass: the working memory that the kernel keeps from call to call counts as taken.
        var before = InUse();
        for (var pass = 0; pass < 3; pass++)
        {
            using var scope = torch.NewDisposeScope();
            Tensor? y_TD = null;
            var forward = Peak(() => y_TD = kernel.Run(x_TD, weights, gates_N, plan));
            // Twice: TorchSharp keeps an empty tensor of the size of each result of a custom function until its backward pass.
            var result = 2 * 4.0 * t * d;
            var saved = InUse() - before - result;
            var backward = Peak(() => torch.autograd.grad([y_TD!], leaves, [dY_TD]));
            measured = (saved, forward - before - result, backward - before - result - leaves.Sum(l => 4.0 * l.numel()));
        }
        return measured;
    }

    // The allocator is asked in a tight loop by a thread of its own while the pass runs.
    private static double Peak(Action body)
    {
        var (peak, done) = (0.0, false);
        var watcher = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
                peak = Math.Max(peak, InUse());
        });
        watcher.Start();
        body();
        Volatile.Write(ref done, true);
        watcher.Join();
        return peak;
    }

    private static double InUse()
    {
        var information = mallinfo2();
        return (double)information.InArenas + information.Mapped;
    }

    [LibraryImport("libc")]
    private static partial Information mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Information
    {
        private readonly nuint _arena, _freeChunks, _fastChunks, _mappedRegions;
        internal readonly nuint Mapped;
        private readonly nuint _unused, _fastFree;
        internal readonly nuint InArenas;
        private readonly nuint _free, _releasable;
    }
}
