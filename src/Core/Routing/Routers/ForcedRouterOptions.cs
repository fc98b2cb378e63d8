using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="ForcedRouter"/>.</summary>
public sealed record ForcedRouterOptions
{
    /// <summary>First of the K neighbouring experts that forced tokens use.</summary>
    [Range(0, 1_000_000), Description("First of the K neighbouring experts that forced tokens use, modulo the number of experts.")]
    public int Expert { get; init; }

    /// <summary>Share of tokens that are forced, spread evenly; the others choose as with sigmoid-top-k.</summary>
    [Range(0.0, 1.0), Description("Share of tokens that are forced, spread evenly; the others choose by their scores.")]
    public double Share { get; init; } = 1;
}
