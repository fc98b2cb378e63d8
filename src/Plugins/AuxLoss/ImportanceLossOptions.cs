namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="ImportanceLoss"/>.</summary>
public sealed record ImportanceLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (Shazeer et al.: 0.1 in language models).")]
    public double Weight { get; init; } = 0.1;
}
