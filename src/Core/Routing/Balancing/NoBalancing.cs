namespace MoELab.Routing.Balancing;

/// <summary>Leaves the expert bias as it is.</summary>
[Plugin("none", "No balancing: the expert bias stays as it is")]
public sealed class NoBalancing : IBalancer
{
    /// <inheritdoc/>
    public RoutingStatsKinds Needs => RoutingStatsKinds.None;

    /// <inheritdoc/>
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step) { }
}
