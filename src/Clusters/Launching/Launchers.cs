using MoELab.Clusters.Definition;

namespace MoELab.Clusters.Launching;

/// <summary>The launcher of each kind.</summary>
internal static class Launchers
{
    public static ILauncher Of(LauncherKind kind) => kind switch
    {
        LauncherKind.Local => new LocalLauncher(),
        _ => new SlurmLauncher(),
    };
}
