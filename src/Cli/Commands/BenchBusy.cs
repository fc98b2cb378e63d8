using System.Diagnostics;
using MoELab.Cli.Benchmarks;
using MoELab.Interop.Host;

namespace MoELab.Cli.Commands;

/// <summary><c>bench train --busy N</c>: how much speed is left beside other busy processes.</summary>
internal static class BenchBusy
{
    private const int MaxProcesses = 1024;

    /// <exception cref="InputException">The number is out of range, or the processes do not start.</exception>
    public static void Run(CliContext context, IReadOnlyList<Recipe> recipes, string kernel, int busy, double seconds, bool json)
    {
        if (busy is < 1 or > MaxProcesses)
            throw new InputException($"--busy: {busy} is out of range; expected 1 to {MaxProcesses}");
        var rows = new JsonArray();
        context.Error.WriteLine($"medians of whole steps with kernel '{kernel}' on the idle machine and beside {busy} busy processes, in turns; x: median ratio of the speeds; OpenMP: {OpenMpWaiting.InForce}");
        if (!json)
            context.Output.WriteLine($"{"recipe",-12} {"tokens",6} {"busy",4} {"tokens/s",9} {"beside busy",11} {"x",5} rounds");
        foreach (var recipe in recipes)
        {
            using var bench = new BusyBench(recipe, context.Catalog, kernel, busy, new ConsoleProgress(context.Error));
            var start = Stopwatch.GetTimestamp();
            do
                bench.Round();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / recipes.Count);
            if (json)
                rows.Add(Row(recipe, kernel, busy, bench));
            else
                context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{recipe.Name,-12} {recipe.Training.TokensPerStep,6} {busy,4} {bench.IdleRate,9:#,0} {bench.BusyRate,11:#,0} {bench.Ratio,5:0.00} {bench.Rounds,6}"));
        }
        if (json)
            context.WriteJson(rows);
    }

    private static JsonObject Row(Recipe recipe, string kernel, int busy, BusyBench bench) => new()
    {
        ["recipe"] = recipe.Name,
        ["tokens"] = recipe.Training.TokensPerStep,
        ["kernel"] = kernel,
        ["busy"] = busy,
        ["tokens_per_second"] = bench.IdleRate,
        ["busy_tokens_per_second"] = bench.BusyRate,
        ["busy_over_idle"] = bench.Ratio,
        ["openmp"] = OpenMpWaiting.InForce,
        ["rounds"] = bench.Rounds,
    };
}
