namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="RouterZLoss"/>.</summary>
public sealed record RouterZLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (ST-MoE: 1e-3).")]
    public double Weight { get; init; } = 1e-3;
}
