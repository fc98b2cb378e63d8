namespace MoELab.Contracts;

/// <summary>A router met a score that is NaN or infinite; the run stops at once, before anything can learn from it.</summary>
/// <param name="layer">MoE layer, from 0.</param>
/// <param name="token">First token of the micro-batch with such a score, from 0.</param>
/// <param name="expert">First expert of that token with such a score, from 0.</param>
/// <param name="value">The score.</param>
public sealed class NonFiniteScoresException(int layer, long token, long expert, float value) : RunException(
    $"MoE layer {layer}: the router score of token {token} for expert {expert} is {value}; expected a finite number")
{
    /// <summary>MoE layer, from 0.</summary>
    public int Layer { get; } = layer;

    /// <summary>First token of the micro-batch with such a score, from 0.</summary>
    public long Token { get; } = token;

    /// <summary>First expert of that token with such a score, from 0.</summary>
    public long Expert { get; } = expert;
}
