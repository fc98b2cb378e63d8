namespace MoELab.Plugins.Smebu;

/// <summary>Options of <see cref="Smebu"/>; the defaults are Trinity Large's.</summary>
public sealed record SmebuOptions
{
    /// <summary>Largest step of the bias before centring, in units of the score.</summary>
    [Range(0.0, 1.0), Description("Step size of the bias, in units of the score (Trinity Large: 5e-4).")]
    public double Lambda { get; init; } = 5e-4;

    [Range(0.0, 1e6), Description("Sharpness of the soft clamp tanh(kappa * violation) (Trinity Large: 2).")]
    public double Kappa { get; init; } = 2;

    [Range(0.0, 0.9999), Description("Momentum: share of the last step that stays (Trinity Large: 0.5).")]
    public double Beta { get; init; } = 0.5;
}
