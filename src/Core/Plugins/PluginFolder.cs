using System.Reflection;

namespace MoELab.Plugins;

/// <summary>
/// A plugin folder in one state of its files: the hash of its assembly, its load context, the usable plugins, and one sentence for each class
/// that cannot be used.
/// </summary>
internal sealed record PluginFolder(
    string Path, string Hash, PluginLoadContext Context, IReadOnlyList<PluginInfo> Plugins, IReadOnlyList<string> Problems) : IDisposable
{
    private static readonly string[] HostFiles =
        ["MoELab.Core.dll", "TorchSharp.dll", "libtorch*", "torch_cpu*", "torch_cuda*", "LibTorchSharp*", "libLibTorchSharp*"];

    /// <summary>The plugin assembly of a folder; null if none is marked.</summary>
    /// <exception cref="InputException">The folder is not a valid plugin folder; the sentence says why.</exception>
    public static PluginAssembly? Find(string path)
    {
        var marked = PluginAssembly.In(path);
        if (marked.Length <= 1)
            return marked.FirstOrDefault();
        var names = string.Join(", ", marked.Select(m => System.IO.Path.GetFileName(m.Path)));
        throw new InputException($"{path}: the folder contains {marked.Length} plugin assemblies ({names}); "
            + "expected one, each in a folder of its own");
    }

    /// <summary>Loads a folder's plugins.</summary>
    /// <exception cref="InputException">
    /// The folder has its own copies of the host's assemblies, another contract version, or an assembly that cannot be loaded.
    /// </exception>
    public static PluginFolder Load(string path, PluginAssembly assembly)
    {
        if (OwnCopy(path) is { } copy)
            throw new InputException($"{path}: the folder contains its own {copy}, but a plugin must share MoELab's; "
                + "reference MoELab.Core with ExcludeAssets=\"runtime\" and build again");
        if (assembly.ContractProblem() is { } problem)
            throw new InputException($"{path}: {problem}");
        var hash = PluginAssembly.HashOf(assembly.Path);
        var context = new PluginLoadContext(assembly.Path);
        try
        {
            var problems = new List<string>();
            var plugins = PluginRules.Inspect(context.Load(), path, hash, problems);
            return new PluginFolder(path, hash, context, plugins, problems);
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or ReflectionTypeLoadException)
        {
            context.Dispose();
            throw new InputException($"{path}: {System.IO.Path.GetFileName(assembly.Path)} cannot be loaded; {e.Message}", e);
        }
    }

    public void Dispose() => Context.Dispose();

    private static string? OwnCopy(string path) => HostFiles
        .SelectMany(pattern => Directory.EnumerateFiles(path, pattern,
            new EnumerationOptions { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive }))
        .Select(System.IO.Path.GetFileName)
        .FirstOrDefault();
}
