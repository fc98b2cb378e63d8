namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="GlobalBatchLoss"/>.</summary>
public sealed record GlobalBatchLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (as the Switch loss: 1e-2).")]
    public double Weight { get; init; } = 1e-2;
}
