using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="Sinkhorn"/>.</summary>
public sealed record SinkhornOptions
{
    /// <summary>Largest relative deviation of an expert's mass from its fair share at which the iteration stops.</summary>
    [Range(1e-9, 1.0), Description("The iteration stops when no expert's mass is further than this from its fair share, relative (Megatron: 1e-4).")]
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Bound on the iterations.</summary>
    [Range(1, 10000), Description("Bound on the iterations.")]
    public int MaxIterations { get; init; } = 100;

    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum; switch it off with one active expert, where it would leave no gradient.")]
    public bool Normalise { get; init; } = true;
}
