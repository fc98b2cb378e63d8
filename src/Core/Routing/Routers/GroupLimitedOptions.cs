using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="GroupLimited"/>; the defaults are DeepSeek-V3's.</summary>
public sealed record GroupLimitedOptions
{
    /// <summary>Groups of neighbouring experts (one per node in DeepSeek-V3).</summary>
    [Range(1, 65536), Description("Groups of neighbouring experts; must divide the number of experts (DeepSeek-V3: 8).")]
    public int Groups { get; init; } = 8;

    /// <summary>Groups that a token may use.</summary>
    [Range(1, 65536), Description("Groups that a token may use (DeepSeek-V3: 4).")]
    public int KeptGroups { get; init; } = 4;

    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum before route_scale.")]
    public bool Normalise { get; init; } = true;
}
