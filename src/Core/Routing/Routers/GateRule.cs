namespace MoELab.Routing.Routers;

/// <summary>How a router weighs choices that it did not make by score.</summary>
public enum GateRule
{
    /// <summary>By the sigmoid scores of the chosen, divided by their sum.</summary>
    Scores,

    /// <summary>All choices of a token alike; the router's vectors learn nothing.</summary>
    Uniform,
}
