using System.ComponentModel;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="SigmoidTopK"/>.</summary>
public sealed record SigmoidTopKOptions
{
    /// <summary>Whether the gates of a token are divided by their sum.</summary>
    [Description("Divide the gates of a token by their sum before route_scale (Trinity and DeepSeek-V3: true).")]
    public bool Normalise { get; init; } = true;
}
