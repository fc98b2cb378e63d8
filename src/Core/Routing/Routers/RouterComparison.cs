namespace MoELab.Routing.Routers;

/// <summary>What a router adds the expert bias to when it compares a token's experts.</summary>
public enum RouterComparison
{
    /// <summary>The score, such as the sigmoid.</summary>
    Score,

    /// <summary>The logit.</summary>
    Logit,
}
