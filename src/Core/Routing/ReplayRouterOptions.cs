using System.ComponentModel;

namespace MoELab.Routing;

/// <summary>Options of <see cref="ReplayRouter"/>.</summary>
public sealed record ReplayRouterOptions
{
    /// <summary>A file that <see cref="ChoiceRecorder"/> wrote.</summary>
    [Description("File of recorded choices.")]
    public string Path { get; init; } = "";
}
