using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="ExpertChoice"/>.</summary>
public sealed record ExpertChoiceOptions
{
    /// <summary>Tokens per expert over its fair share at K = 1; 0 takes the recipe's K.</summary>
    [Range(0.0, 1024.0), Description("Experts per token on average (the paper: 2); 0 takes the recipe's active experts.")]
    public double CapacityFactor { get; init; }

    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum; the paper does not.")]
    public bool Normalise { get; init; }
}
