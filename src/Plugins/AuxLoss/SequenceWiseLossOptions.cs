namespace MoELab.Plugins.AuxLoss;

/// <summary>Options of <see cref="SequenceWiseLoss"/>.</summary>
public sealed record SequenceWiseLossOptions
{
    [Range(0.0, 100.0), Description("Weight in the total loss (Trinity Large, DeepSeek-V3: 1e-4).")]
    public double Weight { get; init; } = 1e-4;
}
