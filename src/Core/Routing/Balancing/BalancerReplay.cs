using MoELab.Interop.Torch;

namespace MoELab.Routing.Balancing;

/// <summary>Runs a balancer over recorded or invented loads of one layer, without a model.</summary>
public static class BalancerReplay
{
    /// <summary>The bias after each step, from a fresh state.</summary>
    /// <param name="balancer">The balancer.</param>
    /// <param name="loads">Tokens per expert, one row per step; all rows equally long and not negative.</param>
    /// <param name="topK">Experts that a token uses; with it the number of tokens is the sum of a row divided by it.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>[steps][experts].</returns>
    /// <exception cref="InputException">The balancer needs more than counts, or the loads are not a table of counts.</exception>
    public static IReadOnlyList<double[]> Run(IBalancer balancer, IReadOnlyList<long[]> loads, int topK = 1, long seed = 0)
    {
        if ((balancer.Needs & ~RoutingStatsKinds.Counts) is var more and not RoutingStatsKinds.None)
            throw new InputException($"balancer: {balancer.GetType().Name} needs {more}, which a table of loads does not contain; "
                + "expected a balancer that needs only counts");
        Check(loads);
        if (loads.Count == 0)
            return [];
        using var pause = FinalizerPause.Begin();
        using var scope = torch.NewDisposeScope();
        using var state = balancer.CreateState(1, loads[0].Length);
        var biases = new List<double[]>(loads.Count);
        foreach (var row in loads)
        {
            using var counts_LE = torch.tensor(row, [1, row.Length]);
            balancer.Update(new RoutingStats(counts_LE, row.Sum() / topK, topK), state, new StepInfo(biases.Count + 1, loads.Count, seed));
            biases.Add(HostMemory.Copy<double>(state.Bias_LE, torch.ScalarType.Float64));
        }
        return biases;
    }

    private static void Check(IReadOnlyList<long[]> loads)
    {
        for (var step = 0; step < loads.Count; step++)
        {
            if (loads[step].Length == 0 || loads[step].Length != loads[0].Length)
                throw new InputException($"loads[{step}]: {loads[step].Length} experts; "
                    + $"expected {Math.Max(1, loads[0].Length)} as in the first step");
            if (Array.FindIndex(loads[step], n => n < 0) is var expert and >= 0)
                throw new InputException($"loads[{step}][{expert}]: {loads[step][expert]} is not a count; expected 0 or more");
        }
    }
}
