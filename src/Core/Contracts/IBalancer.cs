namespace MoELab.Contracts;

/// <summary>
/// Moves the expert bias so that experts share the tokens. Acts once per optimizer step, on the global counts of all layers,
/// before the weights move, without gradients; a layer without tokens must stay as it is.
/// </summary>
public interface IBalancer
{
    /// <summary>What it needs to see; nothing else is collected. Counts by default.</summary>
    RoutingStatsKinds Needs => RoutingStatsKinds.Counts;

    /// <summary>A fresh state; the bias alone by default.</summary>
    BalancerState CreateState(int layers, int experts) => new(layers, experts);

    /// <summary>Moves <paramref name="state"/> in place.</summary>
    void Update(in RoutingStats stats, BalancerState state, StepInfo step);
}
