namespace MoELab.Plugins.SignBias;

/// <summary>What is centred over the experts, if anything. Selection does not depend on it; the size of the biases does.</summary>
public enum SignBiasVariant
{
    /// <summary>The bias itself, after the step (Trinity Nano and Mini, equations 20 to 22).</summary>
    CentredBias,

    /// <summary>The step, before it is added (torchtitan, Moonlight).</summary>
    CentredUpdate,

    /// <summary>Nothing (Wang et al., arXiv 2408.15664).</summary>
    Plain,
}
