namespace MoELab.Contracts;

/// <summary>The version of the plugin interfaces. It rises when an existing plugin would no longer load or mean the same.</summary>
public static class PluginContract
{
    /// <summary>The contract of this build.</summary>
    public const int Version = 3;
}
