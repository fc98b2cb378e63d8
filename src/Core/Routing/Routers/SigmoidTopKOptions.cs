using System.ComponentModel;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="SigmoidTopK"/>.</summary>
public sealed record SigmoidTopKOptions
{
    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum before route_scale (Trinity and DeepSeek-V3: true).")]
    public bool Normalise { get; init; } = true;

    /// <summary>What the expert bias is added to. A sigmoid keeps the order of logits, so without a bias both choose the same experts.</summary>
    [Description("What the bias is added to: score (Trinity, DeepSeek-V3, Kimi K3) or logit (marin).")]
    public RouterComparison Compare { get; init; } = RouterComparison.Score;
}

/// <summary>What a router adds the expert bias to when it compares a token's experts.</summary>
public enum RouterComparison
{
    /// <summary>The score, such as the sigmoid.</summary>
    Score,

    /// <summary>The logit.</summary>
    Logit,
}
