using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="HashRouter"/>.</summary>
public sealed record HashRouterOptions
{
    /// <summary>Which random table; not the run's seed, so that runs with different seeds share it.</summary>
    [Range(0, 1_000_000_000), Description("Which random table of token ids to experts.")]
    public int Salt { get; init; }

    /// <summary>How choices are weighed.</summary>
    [Description("uniform as in the paper, or scores: the router's sigmoid scores of the experts in the table.")]
    public GateRule Gate { get; init; } = GateRule.Uniform;
}
