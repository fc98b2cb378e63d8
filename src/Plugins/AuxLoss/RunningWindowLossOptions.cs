namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="RunningWindowLoss"/>.</summary>
public sealed record RunningWindowLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (as the Switch loss: 1e-2).")]
    public double Weight { get; init; } = 1e-2;

    [Range(1, 10_000), Description("Steps whose loads count, the present one included.")]
    public int Steps { get; init; } = 20;
}
