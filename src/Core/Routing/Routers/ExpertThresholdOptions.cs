using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="ExpertThreshold"/>.</summary>
public sealed record ExpertThresholdOptions
{
    /// <summary>Share of an expert's old cut that stays in each step.</summary>
    [Range(0.0, 0.9999), Description("Share of an expert's old cut that stays in each step; 0 uses the last step's cut alone.")]
    public double Decay { get; init; } = 0.9;

    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum before route_scale.")]
    public bool Normalise { get; init; }
}
