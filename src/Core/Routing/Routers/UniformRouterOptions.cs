using System.ComponentModel;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="UniformRouter"/>.</summary>
public sealed record UniformRouterOptions
{
    /// <summary>How choices are weighed.</summary>
    [Description("scores: the normalised sigmoid scores of the experts in turn; uniform: 1/K each.")]
    public GateRule Gate { get; init; } = GateRule.Scores;
}
