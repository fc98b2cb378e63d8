using System.Reflection;

namespace MoELab.Plugins;

/// <summary>A plugin folder in one state of its files: a load context and the plugins loaded from it.</summary>
internal sealed class PluginFolder : IDisposable
{
    private static readonly string[] HostFiles =
        ["MoELab.Core.dll", "TorchSharp.dll", "libtorch*", "torch_cpu*", "torch_cuda*", "LibTorchSharp*", "libLibTorchSharp*"];

    private readonly PluginLoadContext _context;

    private PluginFolder(string path, string hash, PluginLoadContext context, IReadOnlyList<PluginInfo> plugins, IReadOnlyList<string> problems)
    {
        Path = path;
        Hash = hash;
        _context = context;
        Plugins = plugins;
        Problems = problems;
    }

    public string Path { get; }

    public string Hash { get; }

    public IReadOnlyList<PluginInfo> Plugins { get; }

    /// <summary>Classes of the assembly that cannot be used, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>The plugin assembly of a folder; null if none is marked.</summary>
    /// <exception cref="InputException">The folder is not a valid plugin folder; the sentence says why.</exception>
    public static PluginAssembly? Find(string path)
    {
        var marked = Directory.EnumerateFiles(path, "*.dll").Order(StringComparer.Ordinal).Select(PluginAssembly.Read)
            .OfType<PluginAssembly>().ToArray();
        if (marked.Length > 1)
            throw new InputException($"{path}: the folder contains {marked.Length} plugin assemblies ({string.Join(", ", marked.Select(m => System.IO.Path.GetFileName(m.Path)))}); expected one, each in a folder of its own");
        return marked.FirstOrDefault();
    }

    /// <summary>Loads a folder's plugins.</summary>
    /// <exception cref="InputException">
    /// The folder has its own copies of the host's assemblies, another contract version, or an assembly that cannot be loaded.
    /// </exception>
    public static PluginFolder Load(string path, PluginAssembly assembly)
    {
        if (OwnCopy(path) is { } copy)
            throw new InputException($"{path}: the folder contains its own {copy}, but a plugin must share MoELab's; reference MoELab.Core with ExcludeAssets=\"runtime\" and build again");
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

    public void Dispose() => _context.Dispose();

    private static string? OwnCopy(string path) => HostFiles
        .SelectMany(pattern => Directory.EnumerateFiles(path, pattern,
            new EnumerationOptions { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive }))
        .Select(System.IO.Path.GetFileName)
        .FirstOrDefault();
}
