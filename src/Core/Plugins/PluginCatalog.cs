using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using MoELab.Runs.Folder;

namespace MoELab.Plugins;

/// <summary>
/// The available plugins, by kind and name. Of two plugins with the same kind and name from different sources, the first is used,
/// the other can be named as <c>name@hash</c>, and <see cref="Problems"/> says so. Thread-safe.
/// </summary>
public sealed partial class PluginCatalog : IDisposable
{
    /// <summary>The environment variable that lists further plugin folders, separated as in <c>PATH</c>.</summary>
    public const string FoldersVariable = "MOELAB_PLUGINS";

    // Shared, because catalogs are created often, and the files of an application and the hashes of loaded assemblies do not change.
    private static readonly ConcurrentDictionary<(string File, DateTime Written, long Length), PluginAssembly?> Beside = new();
    private static readonly ConditionalWeakTable<Assembly, string> Hashes = [];

    private readonly Lock _gate = new();
    private readonly PluginIndex _plugins = new();
    private readonly List<PluginProblem> _problems = [];
    private bool _disposed;

    /// <summary>
    /// A catalog of the plugins in Core, in every marked assembly next to the application or already loaded, in the folders of
    /// <c>MOELAB_PLUGINS</c>, and in <c>plugins/</c> of the current directory.
    /// </summary>
    public static PluginCatalog Discover()
    {
        var catalog = new PluginCatalog();
        catalog.Register(typeof(PluginCatalog).Assembly);
        catalog.AddApplication(AppContext.BaseDirectory);
        foreach (var folder in (Environment.GetEnvironmentVariable(FoldersVariable) ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            catalog.AddFolder(folder);
        // The plugins folder of a run belongs to the run: looking at the run there must not load its code.
        if (Directory.Exists("plugins") && !RunPaths.IsRun("."))
            catalog.AddFolder("plugins");
        return catalog;
    }

    /// <summary>
    /// Raised when a folder's plugins were reloaded, with the plugin before (null if new) and after (null if removed), on a thread of
    /// the pool. A handler that stores the first one keeps the old code in memory.
    /// </summary>
    public event Action<PluginInfo?, PluginInfo?>? Changed;

    /// <summary>Every plugin that is available by its plain name, by kind and name.</summary>
    public IReadOnlyCollection<PluginInfo> All => Locked(() => _plugins.All);

    /// <summary>Every plugin, including those available only as <c>name@hash</c>.</summary>
    internal IReadOnlyCollection<PluginInfo> Versions => Locked<PluginInfo[]>(() => [.. _plugins.All, .. _plugins.Others]);

    /// <summary>A plugin by <c>name</c> or <c>name@hash</c>, in any version; null if it is not available.</summary>
    internal PluginInfo? Version(PluginKind kind, string name) => Versions.FirstOrDefault(p => p.Kind == kind && (p.Name == name || p.Id == name));

    /// <summary>The assemblies and folders that could not be added, with the reasons.</summary>
    public IReadOnlyList<PluginProblem> Problems => Locked<PluginProblem[]>(() => [.. _problems]);

    /// <summary>
    /// Adds every exported class with a <see cref="PluginAttribute"/>; classes that break a rule are listed in <see cref="Problems"/>.
    /// </summary>
    public void Register(Assembly assembly)
    {
        var problems = new List<string>();
        var source = SourceOf(assembly);
        var plugins = PluginRules.Inspect(assembly, source, HashOf(assembly), problems);
        lock (_gate)
        {
            foreach (var info in plugins)
                Add(info);
            _problems.AddRange(problems.Select(p => new PluginProblem(source, p, [])));
        }
    }

    /// <summary>Adds one class of this process, replacing a plugin of the same kind and name.</summary>
    /// <exception cref="InputException">The class is not a valid plugin; the sentence says which rule it breaks.</exception>
    public PluginInfo Register(Type type)
    {
        var info = PluginRules.Inspect(type, SourceOf(type.Assembly), HashOf(type.Assembly));
        lock (_gate)
            _plugins.Replace(info);
        return info;
    }

    /// <summary>A plugin by <c>name</c>, or exactly one version of it by <c>name@hash</c>.</summary>
    /// <exception cref="InputException">No such plugin; the message says why it could not be loaded, or names the nearest one.</exception>
    public PluginInfo Find(PluginKind kind, string name) => Locked(() => _plugins.Find(kind, name, _problems));

    /// <summary>Builds a plugin from a recipe's choice.</summary>
    /// <typeparam name="T">The contract, such as <see cref="Contracts.IBalancer"/>.</typeparam>
    /// <param name="choice">Name and options.</param>
    /// <param name="path">The path of the choice in the recipe, for messages.</param>
    /// <exception cref="InputException">No such plugin, an unknown option, or a value out of range.</exception>
    public T Create<T>(PluginChoice choice, string path) where T : class
    {
        try
        {
            var info = Find(PluginRules.KindOf(typeof(T)), choice.Name);
            object[] arguments = PluginRules.Bind(info, choice, path) is { } options ? [options] : [];
            return (T)Activator.CreateInstance(info.Type, arguments)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentException or MoELabException)
        {
            throw new InputException($"{path}: '{choice.Name}' rejected the options: {e.InnerException.Message}", e.InnerException);
        }
        catch (InputException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Stops watching, and lets every folder's plugins unload once nothing uses them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var watcher in _watchers.Values)
                watcher.Dispose();
            foreach (var folder in _folders.Values)
                Forget(folder);
            _watchers.Clear();
            _folders.Clear();
        }
    }

    internal void AddApplication(string directory) => AddAssemblies(Directory.EnumerateFiles(directory, "*.dll").Order(StringComparer.Ordinal));

    /// <summary>Adds the plugins of those assemblies that are marked as such; none of the others is loaded.</summary>
    internal void AddAssemblies(IEnumerable<string> files)
    {
        var context = AssemblyLoadContext.GetLoadContext(typeof(PluginCatalog).Assembly)!;
        foreach (var file in files)
        {
            var info = new FileInfo(file);
            if (Beside.GetOrAdd((file, info.LastWriteTimeUtc, info.Length), f => PluginAssembly.Read(f.File)) is not { } found)
                continue;
            if (found.ContractProblem() is { } problem)
            {
                Report(file, problem, found.Plugins);
                continue;
            }
            try
            {
                Register(Load(context, file));
            }
            catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or ReflectionTypeLoadException)
            {
                Report(file, $"{Path.GetFileName(file)}: cannot be loaded; {e.Message}", found.Plugins);
            }
        }
        // Only of those that can be marked: the attributes of others may be of assemblies that are missing.
        var core = typeof(PluginCatalog).Assembly.GetName().Name;
        foreach (var assembly in context.Assemblies.Where(a => !a.IsDynamic && a.GetReferencedAssemblies().Any(r => r.Name == core)
            && a.GetCustomAttribute<MoELabPluginAttribute>()?.ContractVersion == PluginContract.Version))
            Register(assembly);
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
            return read();
    }

    private static Assembly Load(AssemblyLoadContext context, string file)
    {
        try
        {
            return context.LoadFromAssemblyName(AssemblyName.GetAssemblyName(file));
        }
        catch (FileNotFoundException)
        {
            // Copied next to the application, so not in its list of dependencies.
            return context.LoadFromAssemblyPath(file);
        }
    }

    private static string SourceOf(Assembly assembly) => assembly.Location.Length > 0 ? assembly.Location : "registered";

    // For an assembly without a file, use the compiler's hash of its content, the module version id.
    private static string HashOf(Assembly assembly) => Hashes.GetValue(assembly, a => a.Location.Length > 0
        ? PluginAssembly.HashOf(a.Location)
        : a.ManifestModule.ModuleVersionId.ToString("N")[..16]);

    private void Add(PluginInfo info)
    {
        if (_plugins.Add(info) is { } first)
            _problems.Add(new PluginProblem(info.Source, $"{info.Source}: the {PluginRules.NameOf(info.Kind)} '{info.Name}' already exists in "
                + $"{first.Source}, which is used; refer to this one as '{info.Id}'", []));
    }

    private void Report(string source, string sentence, IReadOnlyList<string> plugins)
    {
        lock (_gate)
        {
            _problems.RemoveAll(p => p.Source == source && p.Sentence == sentence);
            _problems.Add(new PluginProblem(source, sentence, plugins));
        }
    }
}
