using System.Diagnostics;
using MoELab.Cli.Benchmarks;
using MoELab.Experts;

namespace MoELab.Cli.Commands;

/// <summary><c>bench train</c>: how fast this machine trains, with two expert kernels in turns.</summary>
internal static class BenchTrainCommand
{
    private const double SecondsInAll = 36;
    private const string Theirs = "grouped-mm";
    private const string Columns =
        "{0,-12} {1,6} {2,8:0.0} {3,8:0.0} {4,8:0.0} {5,6:0.0} {6,6:0.0} {7,9:#,0} {8,11:0.0%} {9,10:0.0} {10,5:0.00} {11,6}";

    public static Command Create(CliContext context)
    {
        var (set, threads, json) = (CliOptions.Set(), BenchCommand.Threads(), CliOptions.Json());
        var recipes = CliOptions.ArgumentWithDefault<string[]>(
            "RECIPE", "recipes to measure (default: lab-tiny and lab-small)", ["lab-tiny", "lab-small"]);
        var busy = CliOptions.Of<int?>("--busy", "measure instead how much speed is left beside N busy processes", "N");
        return new Command("train", "time whole steps of recipes with our expert kernel and with torch's grouped product, in turns")
        {
            recipes, set, threads, busy, json,
        }.WithAction(parsed =>
        {
            BenchCommand.SetThreads(parsed.GetValue(threads));
            var ours = ExpertKernels.Select(context.Catalog, new PluginChoice(ExpertKernels.Auto), torch.CPU, torch.ScalarType.Float32).Name;
            var measured = parsed.GetValue(recipes)!.Select(name => OneMicroBatch(CliOptions.Load(context, name, parsed.GetValue(set)!))).ToList();
            if (parsed.GetValue(busy) is { } processes)
            {
                BenchBusy.Run(context, measured, ours, processes, SecondsInAll, parsed.GetValue(json));
                return;
            }
            context.Error.WriteLine($"medians of whole steps with kernel '{ours}', one micro-batch each; "
                + $"x: how many times faster than with '{Theirs}', median");
            BenchCommand.WriteRows(context, parsed.GetValue(json), Columns,
                ["recipe", "tokens", "step ms", "forward", "backward", "NS", "other", "tokens/s", "utilisation", "sgemm_peak", "x", "rounds"],
                measured.Select(recipe => Row(context, recipe, ours, SecondsInAll / measured.Count)));
        });
    }

    private static Recipe OneMicroBatch(Recipe recipe)
    {
        if (recipe.Kernel.Name != ExpertKernels.Auto)
            throw new InputException($"kernel: bench train compares the kernel that '{ExpertKernels.Auto}' selects with '{Theirs}', "
                + $"not '{recipe.Kernel.Name}'; remove it from the recipe");
        if (recipe.Training.Device != ComputeDevice.Cpu)
            throw new InputException($"training.device: bench train measures the CPU, not a GPU; remove it from the recipe");
        var tokens = Math.Min(recipe.Training.TokensPerStep, recipe.Training.MicroBatchTokens);
        return recipe with { Training = recipe.Training with { TokensPerStep = tokens } };
    }

    private static (JsonObject Row, object[] Cells) Row(CliContext context, Recipe recipe, string ours, double seconds)
    {
        var start = Stopwatch.GetTimestamp();
        using var bench = new TrainBench(recipe, context.Catalog, [ours, Theirs], context.Progress);
        while (Stopwatch.GetElapsedTime(start).TotalSeconds + bench.Round() < seconds)
        {
        }
        double step = bench.Seconds(ours), forward = bench.Seconds(ours, "forward"), backward = bench.Seconds(ours, "backward");
        var newtonSchulz = bench.Seconds(ours, "newton_schulz");
        var (rate, utilisation, ratio) = (recipe.Training.TokensPerStep / step, bench.Utilisation(ours), bench.Ratio(ours, Theirs));
        var row = new JsonObject
        {
            ["recipe"] = recipe.Name,
            ["tokens"] = recipe.Training.TokensPerStep,
            ["kernel"] = ours,
            ["seconds_per_step"] = step,
            ["forward_seconds"] = forward,
            ["backward_seconds"] = backward,
            ["newton_schulz_seconds"] = newtonSchulz,
            ["tokens_per_second"] = rate,
            ["utilisation"] = utilisation,
            ["sgemm_peak"] = bench.Peak,
            ["ours_over_grouped_mm"] = ratio,
            ["rounds"] = bench.Rounds,
        };
        return (row, [recipe.Name, recipe.Training.TokensPerStep, step * 1000, forward * 1000, backward * 1000, newtonSchulz * 1000,
            (step - forward - backward - newtonSchulz) * 1000, rate, utilisation, bench.Peak, ratio, bench.Rounds]);
    }
}
