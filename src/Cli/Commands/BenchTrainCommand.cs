using System.CommandLine;
using System.Diagnostics;
using MoELab.Cli.Benchmarks;
using MoELab.Experts;

namespace MoELab.Cli.Commands;

/// <summary><c>bench train</c>: how fast this machine trains, with two expert kernels in turns.</summary>
internal static class BenchTrainCommand
{
    private const double SecondsInAll = 36;
    private const string Theirs = "grouped-mm";

    public static Command Create(CliContext context)
    {
        var json = CliOptions.Json();
        var threads = BenchCommand.Threads();
        var recipes = new Argument<string[]>("RECIPE") { Description = "recipes to measure (default: lab-tiny and lab-small)", DefaultValueFactory = _ => ["lab-tiny", "lab-small"] };
        var set = CliOptions.Set();
        var busy = new Option<int?>("--busy") { Description = "measure instead how much speed is left beside N busy processes", HelpName = "N" };
        var command = new Command("train", "time whole steps of recipes with our expert kernel and with torch's grouped product, in turns") { recipes, set, threads, busy, json };
        command.SetAction(parsed =>
        {
            BenchCommand.SetThreads(parsed.GetValue(threads));
            var ours = ExpertKernels.Select(context.Catalog, new PluginChoice(ExpertKernels.Auto), torch.CPU, torch.ScalarType.Float32).Name;
            var measured = parsed.GetValue(recipes)!.Select(name => OneMicroBatch(CliOptions.Load(context, name, parsed.GetValue(set)!))).ToList();
            if (parsed.GetValue(busy) is { } processes)
            {
                BenchBusy.Run(context, measured, ours, processes, SecondsInAll, parsed.GetValue(json));
                return;
            }
            var rows = new JsonArray();
            context.Error.WriteLine($"medians of whole steps with kernel '{ours}', one micro-batch each; x: how many times faster than with '{Theirs}', median");
            if (!parsed.GetValue(json))
                context.Output.WriteLine($"{"recipe",-12} {"tokens",6} {"step ms",8} {"forward",8} {"backward",8} {"NS",6} {"other",6} {"tokens/s",9} {"utilisation",11} {"sgemm_peak",10} {"x",5} rounds");
            foreach (var recipe in measured)
            {
                var start = Stopwatch.GetTimestamp();
                using var bench = new TrainBench(recipe, context.Catalog, [ours, Theirs], new ConsoleProgress(context.Error));
                while (Stopwatch.GetElapsedTime(start).TotalSeconds + bench.Round() < SecondsInAll / measured.Count)
                {
                }
                if (parsed.GetValue(json))
                    rows.Add(Row(recipe, ours, bench));
                else
                    context.Output.WriteLine(Line(recipe, ours, bench));
            }
            if (parsed.GetValue(json))
                context.WriteJson(rows);
        });
        return command;
    }

    private static Recipe OneMicroBatch(Recipe recipe)
    {
        if (recipe.Kernel.Name != ExpertKernels.Auto)
            throw new InputException($"kernel: bench train compares the kernel that '{ExpertKernels.Auto}' selects with '{Theirs}', not '{recipe.Kernel.Name}'; remove it from the recipe");
        if (recipe.Training.Device != ComputeDevice.Cpu)
            throw new InputException($"training.device: bench train measures the CPU, not a GPU; remove it from the recipe");
        return recipe with { Training = recipe.Training with { TokensPerStep = Math.Min(recipe.Training.TokensPerStep, recipe.Training.MicroBatchTokens) } };
    }

    private static JsonObject Row(Recipe recipe, string ours, TrainBench bench) => new()
    {
        ["recipe"] = recipe.Name,
        ["tokens"] = recipe.Training.TokensPerStep,
        ["kernel"] = ours,
        ["seconds_per_step"] = bench.Seconds(ours),
        ["forward_seconds"] = bench.Seconds(ours, "forward"),
        ["backward_seconds"] = bench.Seconds(ours, "backward"),
        ["newton_schulz_seconds"] = bench.Seconds(ours, "newton_schulz"),
        ["tokens_per_second"] = recipe.Training.TokensPerStep / bench.Seconds(ours),
        ["utilisation"] = bench.Utilisation(ours),
        ["sgemm_peak"] = bench.Peak,
        ["ours_over_grouped_mm"] = bench.Ratio(ours, Theirs),
        ["rounds"] = bench.Rounds,
    };

    private static string Line(Recipe recipe, string ours, TrainBench bench)
    {
        double Milliseconds(string phase) => bench.Seconds(ours, phase) * 1000;
        var other = (bench.Seconds(ours) * 1000) - Milliseconds("forward") - Milliseconds("backward") - Milliseconds("newton_schulz");
        return string.Create(CultureInfo.InvariantCulture,
            $"{recipe.Name,-12} {recipe.Training.TokensPerStep,6} {bench.Seconds(ours) * 1000,8:0.0} {Milliseconds("forward"),8:0.0} {Milliseconds("backward"),8:0.0} {Milliseconds("newton_schulz"),6:0.0} {other,6:0.0} {recipe.Training.TokensPerStep / bench.Seconds(ours),9:#,0} {bench.Utilisation(ours),11:0.0%} {bench.Peak,10:0.0} {bench.Ratio(ours, Theirs),5:0.00} {bench.Rounds,6}");
    }
}
