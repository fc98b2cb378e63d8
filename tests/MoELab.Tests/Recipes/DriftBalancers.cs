#pragma warning disable IDE0130 // the same plugin twice, in its old and its new form
namespace MoELab.Tests.Recipes.Before
{
    /// <summary>Adds the same to every bias, so that its norm tells which rate was in force.</summary>
    [Plugin("drift", "adds its rate to every bias")]
    public sealed class Drift(DriftOptions options) : IBalancer
    {
        public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;

        public BalancerState CreateState(int layers, int experts) => new(layers, experts);

        public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
        {
            using var noGrad = torch.no_grad();
            state.Bias_LE.add_(options.Rate);
        }
    }

    public sealed record DriftOptions
    {
        public double Rate { get; init; } = 0.25;
    }
}

namespace MoELab.Tests.Recipes.After
{
    /// <summary>Adds the same to every bias, so that its norm tells which rate was in force.</summary>
    [Plugin("drift", "adds its rate to every bias")]
    public sealed class Drift(DriftOptions options) : IBalancer
    {
        public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;

        public BalancerState CreateState(int layers, int experts) => new(layers, experts);

        public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
        {
            using var noGrad = torch.no_grad();
            state.Bias_LE.add_(options.Rate);
        }
    }

    public sealed record DriftOptions
    {
        public double Rate { get; init; } = 0.5;
    }
}
