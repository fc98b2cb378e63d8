namespace MoELab.Tests.EndToEnd;

/// <summary>A balancer as a user writes it in a cell.</summary>
internal static class LeanBalancer
{
    public const string Cell = """
        #!plugin define
        [Plugin("lean", "Moves each expert's bias by the sign of its distance from an even share")]
        public sealed class Lean(LeanOptions options) : IBalancer
        {
            public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;
            public BalancerState CreateState(int layers, int experts) => new(layers, experts);

            public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
            {
                using var scope = torch.NewDisposeScope();
                var counts_LE = stats.Counts_LE.to(torch.float32);
                state.Bias_LE.add_(options.Gamma * torch.sign(counts_LE.mean([-1], keepdim: true) - counts_LE));
            }
        }

        public sealed record LeanOptions
        {
            [Range(0.0, 1.0), Description("Step of the bias.")]
            public double Gamma { get; init; } = 0.01;
        }
        """;
}
