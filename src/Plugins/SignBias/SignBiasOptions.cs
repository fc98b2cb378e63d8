namespace MoELab.Plugins.SignBias;

/// <summary>Options of <see cref="SignBias"/>.</summary>
public sealed record SignBiasOptions
{
    [Range(0.0, 1.0), Description("Step size of the bias, in units of the score (Wang et al., DeepSeek-V3, Trinity Mini: 1e-3).")]
    public double Gamma { get; init; } = 1e-3;

    [Description("centred-bias as in Trinity Nano and Mini, centred-update as in torchtitan, plain as in Wang et al.")]
    public SignBiasVariant Variant { get; init; } = SignBiasVariant.CentredBias;
}
