namespace MoELab.Plugins;

/// <summary>
/// A plugin in the catalog. It refers to the plugin's type, so storing one keeps the plugin loaded; ask the catalog
/// again instead of storing one across a reload.
/// </summary>
/// <param name="Name">Kebab-case name.</param>
/// <param name="Kind">The kind of plugin.</param>
/// <param name="Summary">One line for lists and completion.</param>
/// <param name="Type">The class.</param>
/// <param name="OptionsType">Its options record; null if it takes no options.</param>
/// <param name="Source">Assembly file or folder, or <c>registered</c>.</param>
/// <param name="Hash">The first sixteen hex digits of the SHA-256 of its assembly.</param>
public sealed record PluginInfo(string Name, PluginKind Kind, string Summary, Type Type, Type? OptionsType, string Source, string Hash)
{
    /// <summary>Its options with defaults and ranges.</summary>
    public IReadOnlyList<OptionInfo> Options => OptionsType is null ? [] : OptionsBinder.Schema(OptionsType);

    /// <summary><c>name@hash</c>: how a run records exactly this version, and how a recipe can name it.</summary>
    public string Id => $"{Name}@{Hash}";

    /// <summary>Whether it came from a plugin folder and can therefore be copied into a run, reloaded and unloaded.</summary>
    public bool FromFolder => Type.IsCollectible && Directory.Exists(Source);

    /// <summary>Copies a folder plugin to <c>NAME-HASH</c> below <paramref name="folder"/>, where a resumed run looks for it.</summary>
    /// <param name="folder">The run's <c>plugins</c> folder; created if it is missing.</param>
    /// <returns>The copy's path; null for a plugin that did not come from a folder.</returns>
    /// <exception cref="InputException">The folder's assembly is no longer the one that was loaded.</exception>
    /// <exception cref="RunException">The copy cannot be written.</exception>
    public string? SaveTo(string folder)
    {
        if (!FromFolder)
            return null;
        var target = Path.Combine(folder, $"{Name}-{Hash}");
        try
        {
            if (Directory.Exists(target) && Holds(target))
                return target;
            if (!Holds(Source))
                throw new InputException($"{Source}: the folder has changed since the plugin '{Name}' was loaded; "
                    + "start again to use it as it is now");
            Copy(target);
            PluginTrust.Sign(target);
            return target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"plugin '{Name}': cannot be copied into the run at '{target}' ({e.Message.TrimEnd('.')})", e);
        }
    }

    private bool Holds(string folder) => PluginFolder.Find(folder) is { } assembly && PluginAssembly.HashOf(assembly.Path) == Hash;

    private void Copy(string target)
    {
        foreach (var file in Directory.EnumerateFiles(Source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(Source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
