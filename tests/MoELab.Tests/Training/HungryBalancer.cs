namespace MoELab.Tests.Training;

/// <summary>Finds no memory at step 3, when the step has begun to move things.</summary>
[Plugin("hungry", "asks for too much memory at step 3")]
public sealed class HungryBalancer : IBalancer
{
    public RoutingStatsKinds Needs => RoutingStatsKinds.None;

    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        if (step.Step == 3)
            HungryKernel.AskForTooMuch();
    }
}
