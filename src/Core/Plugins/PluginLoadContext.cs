using System.Reflection;
using System.Runtime.Loader;
using McMaster.NETCore.Plugins;

namespace MoELab.Plugins;

/// <summary>
/// One plugin assembly in its own load context: the only file that uses McMaster.NETCore.Plugins. Core, TorchSharp and
/// everything else that Core references are the host's; the rest comes from the plugin's folder. Disposing lets the context
/// unload as soon as nothing refers to its types, objects or delegates.
/// </summary>
internal sealed class PluginLoadContext : IDisposable
{
    private readonly PluginLoader _loader;

    public PluginLoadContext(string assemblyFile)
    {
        var core = typeof(PluginLoadContext).Assembly;
        var config = new PluginConfig(Path.GetFullPath(assemblyFile))
        {
            IsUnloadable = true,
            // Loaded from memory, so that the file can be replaced while it is in use.
            LoadInMemory = true,
            // A notebook host loads Core itself into another context than the application's.
            DefaultContext = AssemblyLoadContext.GetLoadContext(core)!,
            // The list below is complete; following references further would load the whole framework.
            IsLazyLoaded = true,
        };
        config.SharedAssemblies.Add(core.GetName());
        foreach (var reference in core.GetReferencedAssemblies())
            config.SharedAssemblies.Add(reference);
        _loader = new PluginLoader(config);
    }

    public Assembly Load() => _loader.LoadDefaultAssembly();

    public void Dispose() => _loader.Dispose();
}
