namespace MoELab.Plugins.SignBias;

/// <summary>How the step size goes over a run, after its warm-up.</summary>
public enum SignBiasSchedule
{
    /// <summary>It stays as it is (Wang et al., DeepSeek-V3, Trinity).</summary>
    Constant,

    /// <summary>Half a cosine, down to <see cref="SignBiasOptions.Final"/> of itself at the end of the run.</summary>
    Cosine,
}
