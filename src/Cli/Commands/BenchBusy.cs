using System.Diagnostics;
using MoELab.Cli.Benchmarks;
using MoELab.Interop.Host;

namespace MoELab.Cli.Commands;

/// <summary><c>bench train --busy N</c>: how much speed is left beside other busy processes.</summary>
internal static class BenchBusy
{
    private const int MaxProcesses = 1024;
    private const string Columns = "{0,-12} {1,6} {2,4} {3,9:#,0} {4,11:#,0} {5,5:0.00} {6,6}";

    /// <exception cref="InputException">The number is out of range, or the processes do not start.</exception>
    public static void Run(CliContext context, IReadOnlyList<Recipe> recipes, string kernel, int busy, double seconds, bool json)
    {
        if (busy is < 1 or > MaxProcesses)
            throw new InputException($"--busy: {busy} is out of range; expected 1 to {MaxProcesses}");
        context.Error.WriteLine($"medians of whole steps with kernel '{kernel}' on the idle machine and beside {busy} busy processes, in turns; "
            + $"x: median ratio of the speeds; OpenMP: {OpenMpWaiting.InForce}");
        BenchCommand.WriteRows(context, json, Columns, ["recipe", "tokens", "busy", "tokens/s", "beside busy", "x", "rounds"],
            recipes.Select(recipe => Row(context, recipe, kernel, busy, seconds / recipes.Count)));
    }

    private static (JsonObject Row, object[] Cells) Row(CliContext context, Recipe recipe, string kernel, int busy, double seconds)
    {
        using var bench = new BusyBench(recipe, context.Catalog, kernel, busy, context.Progress);
        var start = Stopwatch.GetTimestamp();
        do
            bench.Round();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        var (tokens, idleRate, busyRate, ratio) = (recipe.Training.TokensPerStep, bench.IdleRate, bench.BusyRate, bench.Ratio);
        var row = new JsonObject
        {
            ["recipe"] = recipe.Name,
            ["tokens"] = tokens,
            ["kernel"] = kernel,
            ["busy"] = busy,
            ["tokens_per_second"] = idleRate,
            ["busy_tokens_per_second"] = busyRate,
            ["busy_over_idle"] = ratio,
            ["openmp"] = OpenMpWaiting.InForce,
            ["rounds"] = bench.Rounds,
        };
        return (row, [recipe.Name, tokens, busy, idleRate, busyRate, ratio, bench.Rounds]);
    }
}
