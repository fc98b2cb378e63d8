namespace MoELab.Contracts;

/// <summary>The version of the plugin interfaces. It increases when an existing plugin would no longer load or would mean something else.</summary>
public static class PluginContract
{
    /// <summary>The contract version of this build.</summary>
    public const int Version = 4;
}
