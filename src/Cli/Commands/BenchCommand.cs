using System.CommandLine;
using System.Diagnostics;
using MoELab.Cli.Benchmarks;
using MoELab.Experts;
using MoELab.Interop.Host;

namespace MoELab.Cli.Commands;

/// <summary><c>bench</c>: how fast this machine computes experts and trains.</summary>
internal static class BenchCommand
{
    private const double SecondsPerCase = 4.2;

    public static Command Create(CliContext context) => new("bench", "measure how fast this machine computes experts and trains") { Kernels(context), BenchTrainCommand.Create(context) };

    private static Command Kernels(CliContext context)
    {
        var json = CliOptions.Json();
        var threads = Threads();
        var command = new Command("kernels", "time routed experts, forward and backward: ours, torch's grouped product and a dense layer of equal work, in turns") { threads, json };
        command.SetAction(parsed =>
        {
            SetThreads(parsed.GetValue(threads));
            var ours = ExpertKernels.Select(context.Catalog, new PluginChoice(ExpertKernels.Auto), torch.CPU, torch.ScalarType.Float32);
            var rows = new JsonArray();
            context.Error.WriteLine($"GFLOP/s of forward and backward, medians; ours is '{ours.Name}'; x: median ratio of ours to the column before");
            if (!parsed.GetValue(json))
                context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{"T",5} {"d",4} {"width",5} {"E",4} {"K",2} {"loads",-8} {"ours",7} {"grouped_mm",10} {"x",5} {"dense",7} {"x",5} {"sgemm_peak",10} rounds"));
            foreach (var sizes in KernelCase.All)
            {
                using var bench = Measure(sizes, ours.Kernel);
                if (parsed.GetValue(json))
                    rows.Add(Row(sizes, bench));
                else
                    context.Output.WriteLine(Line(sizes, bench));
            }
            if (parsed.GetValue(json))
                context.WriteJson(rows);
        });
        return command;
    }

    // The same limit as training.threads.
    private const int MaxThreads = 1024;

    internal static Option<int> Threads() => new("--threads") { Description = "threads for tensor operations; 0: all cores" };

    internal static void SetThreads(int wanted)
    {
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

    private static JsonObject Row(KernelCase sizes, KernelBench bench) => new()
    {
        ["T"] = sizes.Tokens,
        ["d"] = sizes.D,
        ["width"] = sizes.Width,
        ["E"] = sizes.Experts,
        ["K"] = sizes.TopK,
        ["loads"] = sizes.Loads,
        ["ours"] = bench.Rate("ours"),
        ["grouped_mm"] = bench.Rate("grouped_mm"),
        ["dense"] = bench.Rate("dense"),
        ["sgemm_peak"] = bench.Peak,
        ["ours_over_grouped_mm"] = bench.Ratio("ours", "grouped_mm"),
        ["ours_over_dense"] = bench.Ratio("ours", "dense"),
        ["rounds"] = bench.Rounds,
    };

    private static string Line(KernelCase sizes, KernelBench bench) => string.Create(CultureInfo.InvariantCulture,
        $"{sizes.Tokens,5} {sizes.D,4} {sizes.Width,5} {sizes.Experts,4} {sizes.TopK,2} {sizes.Loads,-8} {bench.Rate("ours"),7:0.0} {bench.Rate("grouped_mm"),10:0.0} {bench.Ratio("ours", "grouped_mm"),5:0.00} {bench.Rate("dense"),7:0.0} {bench.Ratio("ours", "dense"),5:0.00} {bench.Peak,10:0.0} {bench.Rounds,6}");
}
