namespace MoELab.Plugins.SignBias;

/// <summary>Options of <see cref="SignBias"/>.</summary>
public sealed record SignBiasOptions
{
    [Range(0.0, 1.0), Description("Step size of the bias, in units of the score (Wang et al., DeepSeek-V3, Trinity Mini: 1e-3).")]
    public double Gamma { get; init; } = 1e-3;

    [Description("centred-bias as in Trinity Nano and Mini, centred-update as in torchtitan, plain as in Wang et al.")]
    public SignBiasVariant Variant { get; init; } = SignBiasVariant.CentredBias;

    [Description("How gamma goes over the run, after the warm-up: constant, or half a cosine down to final.")]
    public SignBiasSchedule Schedule { get; init; } = SignBiasSchedule.Constant;

    [Range(0.0, 1.0), Description("Share of the run's steps over which gamma rises from 0, in a line.")]
    public double Warmup { get; init; }

    [Range(0.0, 1.0), Description("What the cosine leaves of gamma at the end, as a share of it.")]
    public double Final { get; init; }
}
