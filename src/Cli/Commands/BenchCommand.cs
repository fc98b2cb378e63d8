using System.Diagnostics;
using MoELab.Cli.Benchmarks;
using MoELab.Experts;
using MoELab.Interop.Host;

namespace MoELab.Cli.Commands;

/// <summary><c>bench</c>: how fast this machine computes experts and trains.</summary>
internal static class BenchCommand
{
    private const double SecondsPerCase = 4.2;
    private const int MaxThreads = 1024;

    private const string Columns =
        "{0,5} {1,4} {2,5} {3,4} {4,2} {5,-8} {6,7:0.0} {7,10:0.0} {8,5:0.00} {9,7:0.0} {10,5:0.00} {11,10:0.0} {12,6}";

    public static Command Create(CliContext context) => new("bench", "measure how fast this machine computes experts and trains")
    {
        Kernels(context), BenchTrainCommand.Create(context),
    };

    private static Command Kernels(CliContext context)
    {
        var json = CliOptions.Json();
        var threads = Threads();
        return new Command("kernels",
            "time routed experts, forward and backward: ours, torch's grouped product and a dense layer of equal work, in turns")
        {
            threads, json,
        }.WithAction(parsed =>
        {
            SetThreads(parsed.GetValue(threads));
            var ours = ExpertKernels.Select(context.Catalog, new PluginChoice(ExpertKernels.Auto), torch.CPU, torch.ScalarType.Float32);
            context.Error.WriteLine($"GFLOP/s of forward and backward, medians; ours is '{ours.Name}'; x: median ratio of ours to the column before");
            WriteRows(context, parsed.GetValue(json), Columns,
                ["T", "d", "width", "E", "K", "loads", "ours", "grouped_mm", "x", "dense", "x", "sgemm_peak", "rounds"],
                KernelCase.All.Select(sizes => Row(sizes, ours.Kernel)));
        });
    }

    /// <summary>Writes rows as soon as they are measured, below a heading in the same columns; with <c>--json</c>, all as one array.</summary>
    internal static void WriteRows(
        CliContext context, bool json, string columns, object[] heading, IEnumerable<(JsonObject Row, object[] Cells)> rows)
    {
        var all = new JsonArray();
        if (!json)
            context.Output.WriteLine(columns, heading);
        foreach (var (row, cells) in rows)
        {
            all.Add(row);
            if (!json)
                context.Output.WriteLine(string.Format(CultureInfo.InvariantCulture, columns, cells));
        }
        if (json)
            context.WriteJson(all);
    }

    internal static Option<int> Threads() => new("--threads") { Description = "threads for tensor operations; 0: all cores" };

    internal static void SetThreads(int wanted)
    {
        // The same limit as training.threads.
        if (wanted is < 0 or > MaxThreads)
            throw new InputException($"--threads: {wanted} is out of range; expected 0 to {MaxThreads}");
        // The same setup as in training.
        TimeSlice.Shorten();
        torch.set_num_threads(wanted > 0 ? wanted : Environment.ProcessorCount);
    }

    private static KernelBench Measure(KernelCase sizes, IExpertKernel ours)
    {
        var start = Stopwatch.GetTimestamp();
        var bench = new KernelBench(sizes, [("ours", ours), ("grouped_mm", new GroupedMmKernel())]);
        bench.WarmUp();
        double round;
        do
        {
            var before = Stopwatch.GetElapsedTime(start).TotalSeconds;
            bench.Measure();
            round = Stopwatch.GetElapsedTime(start).TotalSeconds - before;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds + round < SecondsPerCase);
        return bench;
    }

    private static (JsonObject Row, object[] Cells) Row(KernelCase sizes, IExpertKernel kernel)
    {
        using var bench = Measure(sizes, kernel);
        var (ours, grouped, dense) = (bench.Rate("ours"), bench.Rate("grouped_mm"), bench.Rate("dense"));
        var (overGrouped, overDense) = (bench.Ratio("ours", "grouped_mm"), bench.Ratio("ours", "dense"));
        var row = new JsonObject
        {
            ["T"] = sizes.Tokens,
            ["d"] = sizes.D,
            ["width"] = sizes.Width,
            ["E"] = sizes.Experts,
            ["K"] = sizes.TopK,
            ["loads"] = sizes.Loads,
            ["ours"] = ours,
            ["grouped_mm"] = grouped,
            ["dense"] = dense,
            ["sgemm_peak"] = bench.Peak,
            ["ours_over_grouped_mm"] = overGrouped,
            ["ours_over_dense"] = overDense,
            ["rounds"] = bench.Rounds,
        };
        return (row, [sizes.Tokens, sizes.D, sizes.Width, sizes.Experts, sizes.TopK, sizes.Loads, ours, grouped, overGrouped, dense, overDense,
            bench.Peak, bench.Rounds]);
    }
}
