using System.Reflection;
using System.Runtime.Loader;
using MoELab.Recipes;

namespace MoELab.Plugins;

/// <summary>
/// The plugins at hand, by kind and name. Of two plugins with the same kind and name from different sources the first stays,
/// the other can be named as <c>name@hash</c>, and <see cref="Problems"/> says so. Safe to use from several threads.
/// </summary>
public sealed partial class PluginCatalog : IDisposable
{
    /// <summary>The environment variable that lists further plugin folders, separated as in <c>PATH</c>.</summary>
    public const string FoldersVariable = "MOELAB_PLUGINS";

    private readonly Lock _gate = new();
    private readonly PluginIndex _plugins = new();
    private readonly List<PluginProblem> _problems = [];
    private bool _disposed;

    /// <summary>
    /// A catalog of the plugins in Core, in every marked assembly beside the application or already loaded, in the folders of
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
        // The plugins folder of a run is the run's: whoever looks at it there must not run it.
        if (Directory.Exists("plugins") && !Runs.RunPaths.IsRun("."))
            catalog.AddFolder("plugins");
        return catalog;
    }

    /// <summary>
    /// A folder's plugins were loaded again: the plugin before (null when new) and after (null when gone). Raised on a thread of
    /// the pool; a handler that keeps the first keeps the old code in memory.
    /// </summary>
    public event Action<PluginInfo?, PluginInfo?>? Changed;

    /// <summary>Every plugin that a plain name reaches, by kind and name.</summary>
    public IReadOnlyCollection<PluginInfo> All
    {
        get
        {
            lock (_gate)
                return _plugins.All;
        }
    }

    /// <summary>Every plugin, those too that only <c>name@hash</c> reaches.</summary>
    internal IReadOnlyCollection<PluginInfo> Versions
    {
        get
        {
            lock (_gate)
                return [.. _plugins.All, .. _plugins.Others];
        }
    }

    /// <summary>What could not be added, and why.</summary>
    public IReadOnlyList<PluginProblem> Problems
    {
        get
        {
            lock (_gate)
                return [.. _problems];
        }
    }

    /// <summary>Adds every exported class with a <see cref="PluginAttribute"/>; classes that break a rule go to <see cref="Problems"/>.</summary>
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
    /// <exception cref="RecipeException">The class cannot be a plugin; the sentence says which rule it breaks.</exception>
    public PluginInfo Register(Type type)
    {
        var info = PluginRules.Inspect(type, SourceOf(type.Assembly), HashOf(type.Assembly));
        lock (_gate)
            _plugins.Replace(info);
        return info;
    }

    /// <summary>A plugin by <c>name</c>, or exactly one version of it by <c>name@hash</c>.</summary>
    /// <exception cref="RecipeException">No such plugin; the message says why it could not be loaded, or names the nearest one.</exception>
    public PluginInfo Find(PluginKind kind, string name)
    {
        lock (_gate)
            return _plugins.Find(kind, name, _problems);
    }

    /// <summary>Builds a plugin from a recipe's choice.</summary>
    /// <typeparam name="T">The contract, such as <see cref="Routing.IBalancer"/>.</typeparam>
    /// <param name="choice">Name and options.</param>
    /// <param name="path">Where the choice stands in the recipe, for messages.</param>
    /// <exception cref="RecipeException">No such plugin, an unknown option, or a value out of range.</exception>
    public T Create<T>(PluginChoice choice, string path) where T : class
    {
        try
        {
            var info = Find(PluginRules.KindOf(typeof(T)), choice.Name);
            object[] arguments = PluginRules.Bind(info, choice, path) is { } options ? [options] : [];
            return (T)Activator.CreateInstance(info.Type, arguments)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentException or RecipeException)
        {
            throw new RecipeException($"{path}: '{choice.Name}' refuses its options; {e.InnerException.Message}", e.InnerException);
        }
        catch (RecipeException e) when (path.Length > 0 && !e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new RecipeException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Stops watching and lets every folder's plugins unload once nothing uses them.</summary>
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

    internal void AddApplication(string directory)
    {
        var context = AssemblyLoadContext.GetLoadContext(typeof(PluginCatalog).Assembly)!;
        foreach (var file in Directory.EnumerateFiles(directory, "*.dll").Order(StringComparer.Ordinal))
        {
            if (PluginAssembly.Read(file) is not { } found)
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
        foreach (var assembly in context.Assemblies.Where(a => !a.IsDynamic
            && a.GetCustomAttribute<MoELabPluginAttribute>()?.ContractVersion == PluginContract.Version))
            Register(assembly);
    }

    private static Assembly Load(AssemblyLoadContext context, string file)
    {
        try
        {
            return context.LoadFromAssemblyName(AssemblyName.GetAssemblyName(file));
        }
        catch (FileNotFoundException)
        {
            // Copied beside the application, so not in its list of dependencies.
            return context.LoadFromAssemblyPath(file);
        }
    }

    private static string SourceOf(Assembly assembly) => assembly.Location.Length > 0 ? assembly.Location : "registered";

    // An assembly without a file has the compiler's own hash of its content, the module version id.
    private static string HashOf(Assembly assembly) => assembly.Location.Length > 0
        ? PluginAssembly.HashOf(assembly.Location)
        : assembly.ManifestModule.ModuleVersionId.ToString("N")[..16];

    private void Add(PluginInfo info)
    {
        if (_plugins.Add(info) is { } first)
            _problems.Add(new PluginProblem(info.Source,
                $"{info.Source}: the {PluginRules.Word(info.Kind)} '{info.Name}' is already in {first.Source}, which stays; name this one as '{info.Id}'", []));
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
