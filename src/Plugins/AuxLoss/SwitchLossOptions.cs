namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="SwitchLoss"/>.</summary>
public sealed record SwitchLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (Switch Transformer: 1e-2).")]
    public double Weight { get; init; } = 1e-2;
}
