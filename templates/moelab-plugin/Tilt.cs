using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MoELab.Contracts;
using TorchSharp;

[assembly: MoELabPlugin(PluginContract.Version)]

[Plugin("tilt", "Moves each expert's bias in proportion to how far it is from its share")]
public sealed class Tilt(TiltOptions options) : IBalancer
{
    public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;

    public BalancerState CreateState(int layers, int experts) => new(layers, experts);

    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        using var scope = torch.NewDisposeScope();
        var counts_LE = stats.Counts_LE.to(torch.float32);
        var share_L1 = counts_LE.mean([-1], keepdim: true);
        state.Bias_LE.add_(options.Gamma * (share_L1 - counts_LE) / share_L1.clamp_min(1e-6));
    }
}

public sealed record TiltOptions
{
    [Range(0.0, 1.0), Description("Step of the bias for an expert without tokens, in units of the score.")]
    public double Gamma { get; init; } = 1e-3;
}
