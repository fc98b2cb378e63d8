using System.ComponentModel;

namespace MoELab.Routing.Replay;

/// <summary>Options of <see cref="ReplayRouter"/>.</summary>
public sealed record ReplayRouterOptions
{
    /// <summary>A file that <see cref="ChoiceRecorder"/> wrote.</summary>
    [Description("file of choices that train --record-choices wrote")]
    public string Path { get; init; } = "";
}
