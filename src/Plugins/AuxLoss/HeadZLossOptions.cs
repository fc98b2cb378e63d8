namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="HeadZLoss"/>.</summary>
public sealed record HeadZLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (Trinity Large: 1e-6).")]
    public double Weight { get; init; } = 1e-6;
}
