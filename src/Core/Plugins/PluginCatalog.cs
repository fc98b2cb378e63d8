using System.Reflection;
using System.Runtime.Loader;
using MoELab.Recipes;

namespace MoELab.Plugins;

/// <summary>
/// The plugins at hand, by kind and name. Of two plugins with the same kind and name from different sources the first stays,
/// the other can be named as <c>name@hash</c>, and <see cref="Problems"/> says so. Safe to use from several threads.
/// </summary>
public sealed class PluginCatalog : IDisposable
{
    /// <summary>The environment variable that lists further plugin folders, separated as in <c>PATH</c>.</summary>
    public const string FoldersVariable = "MOELAB_PLUGINS";

    private static readonly TimeSpan DefaultDelay = TimeSpan.FromMilliseconds(300);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<(PluginKind, string), PluginInfo> _plugins = [];
    private readonly List<PluginInfo> _others = [];
    private readonly List<PluginProblem> _problems = [];
    private readonly Dictionary<string, PluginFolder> _folders = [];
    private readonly Dictionary<string, PluginWatcher> _watchers = [];
    private TimeSpan? _delay;

    /// <summary>
    /// A catalog of the plugins in Core, in every marked assembly beside the application or already loaded, in the folders of
    /// <c>MOELAB_PLUGINS</c>, and in <c>plugins/</c> of the current directory.
    /// </summary>
    public static PluginCatalog Discover()
    {
        var catalog = new PluginCatalog();
        catalog.Register(typeof(PluginCatalog).Assembly);
        catalog.AddApplication(AppContext.BaseDirectory);
        foreach (var folder in (Environment.GetEnvironmentVariable(FoldersVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            catalog.AddFolder(folder);
        if (Directory.Exists("plugins"))
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
                return [.. _plugins.Values];
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
            _plugins[(info.Kind, info.Name)] = info;
        return info;
    }

    /// <summary>
    /// Adds a plugin folder, or every plugin folder one level below a folder that holds no assembly itself. A folder that
    /// cannot be used goes to <see cref="Problems"/>.
    /// </summary>
    /// <param name="path">The folder, absolute or from the current directory.</param>
    public void AddFolder(string path)
    {
        if (!Directory.Exists(path))
            Report(path, $"{path}: no such plugin folder", []);
        else if (Directory.EnumerateFiles(path, "*.dll").Any())
            AddOne(path, nested: false);
        else
        {
            foreach (var folder in Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal))
                AddOne(folder, nested: true);
        }
    }

    /// <summary>Adds the plugins that a run keeps in its <c>plugins</c> folder; does nothing when it keeps none.</summary>
    /// <param name="run">The run folder.</param>
    public void AddRun(string run)
    {
        var folder = Path.Combine(run, "plugins");
        if (Directory.Exists(folder))
            AddFolder(folder);
    }

    /// <summary>From now on loads a plugin folder again when its files change, and raises <see cref="Changed"/>.</summary>
    /// <param name="delay">How long the files must be quiet first; 300 ms by default.</param>
    public void Watch(TimeSpan? delay = null)
    {
        lock (_gate)
        {
            _delay = delay ?? DefaultDelay;
            foreach (var path in _folders.Keys)
                WatchOne(path);
        }
    }

    /// <summary>A plugin by <c>name</c>, or exactly one version of it by <c>name@hash</c>.</summary>
    /// <exception cref="RecipeException">No such plugin; the message says why it could not be loaded, or names the nearest one.</exception>
    public PluginInfo Find(PluginKind kind, string name)
    {
        var bare = name.Split('@')[0];
        lock (_gate)
        {
            if (bare == name && _plugins.TryGetValue((kind, name), out var info))
                return info;
            var versions = _plugins.Values.Concat(_others).Where(p => p.Kind == kind && p.Name == bare).ToArray();
            if (bare != name && versions.FirstOrDefault(p => p.Id == name) is { } version)
                return version;
            var where = $"{PluginRules.Word(kind)} '{name}'";
            if (_problems.FirstOrDefault(p => p.Plugins.Contains(bare)) is { } problem)
                throw new RecipeException($"{where}: {problem.Sentence}");
            if (versions.Length > 0)
                throw new RecipeException($"{where}: no such version; known: {string.Join(", ", versions.Select(p => p.Id))}");
            throw new RecipeException($"{where}: no such plugin{Names.Hint(bare, [.. _plugins.Keys.Where(k => k.Item1 == kind).Select(k => k.Item2)])}");
        }
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
            if (info.OptionsType is null && choice.Options.Count > 0)
                throw new RecipeException($"'{info.Name}' takes no options, but '{choice.Options.First().Key}' is set");
            object[] arguments = info.OptionsType is null ? [] : [OptionsBinder.Bind(info.OptionsType, choice.Options, path)];
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
            foreach (var watcher in _watchers.Values)
                watcher.Dispose();
            foreach (var folder in _folders.Values)
            {
                foreach (var info in folder.Plugins)
                    Remove(info);
                folder.Dispose();
            }
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
        foreach (var assembly in context.Assemblies.Where(a => !a.IsDynamic && a.GetCustomAttribute<MoELabPluginAttribute>()?.ContractVersion == PluginContract.Version))
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

    private void AddOne(string path, bool nested)
    {
        string[] missing = [Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))];
        try
        {
            var assembly = PluginFolder.Find(path);
            if (assembly is null)
            {
                // Below a folder of folders a stranger is no mistake; a folder that was named must be a plugin.
                if (!nested)
                    Report(path, $"{path}: no assembly in it carries [assembly: MoELabPlugin(PluginContract.Version)]", missing);
                return;
            }
            missing = [.. assembly.Plugins];
            var folder = PluginFolder.Load(path, assembly);
            lock (_gate)
            {
                if (_folders.Remove(Path.GetFullPath(path), out var before))
                {
                    foreach (var info in before.Plugins)
                        Remove(info);
                    before.Dispose();
                }
                Keep(folder);
                foreach (var info in folder.Plugins)
                    Add(info);
                if (_delay is not null)
                    WatchOne(Path.GetFullPath(path));
            }
        }
        catch (RecipeException e)
        {
            Report(path, e.Message, missing);
        }
    }

    private void Reload(string path)
    {
        try
        {
            List<(PluginInfo? Old, PluginInfo? New)> changes = [];
            lock (_gate)
            {
                if (!_folders.TryGetValue(path, out var before) || PluginFolder.Find(before.Path) is not { } assembly || PluginAssembly.HashOf(assembly.Path) == before.Hash)
                    return;
                var after = PluginFolder.Load(before.Path, assembly);
                foreach (var old in before.Plugins)
                    changes.Add((old, after.Plugins.FirstOrDefault(p => p.Kind == old.Kind && p.Name == old.Name)));
                foreach (var added in after.Plugins.Where(p => !changes.Any(c => c.New == p)))
                    changes.Add((null, added));
                Keep(after);
                foreach (var (old, next) in changes)
                    Swap(old, next);
                before.Dispose();
            }
            foreach (var (old, next) in changes)
                Changed?.Invoke(old, next);
        }
        catch (RecipeException e)
        {
            // The plugins from before stay: a broken build must not stop work.
            Report(path, e.Message, []);
        }
        catch (IOException e)
        {
            Report(path, $"{path}: changed but could not be read; {e.Message}", []);
        }
    }

    private void Keep(PluginFolder folder)
    {
        _problems.RemoveAll(p => p.Source == folder.Path);
        _problems.AddRange(folder.Problems.Select(p => new PluginProblem(folder.Path, p, [])));
        _folders[Path.GetFullPath(folder.Path)] = folder;
    }

    private void Add(PluginInfo info)
    {
        if (_plugins.TryAdd((info.Kind, info.Name), info) || _plugins[(info.Kind, info.Name)].Hash == info.Hash)
            return;
        var first = _plugins[(info.Kind, info.Name)];
        _others.RemoveAll(o => o.Id == info.Id && o.Kind == info.Kind);
        _others.Add(info);
        _problems.Add(new PluginProblem(info.Source, $"{info.Source}: the {PluginRules.Word(info.Kind)} '{info.Name}' is already in {first.Source}, which stays; name this one as '{info.Id}'", []));
    }

    private void Swap(PluginInfo? old, PluginInfo? next)
    {
        var held = old is not null && _plugins.TryGetValue((old.Kind, old.Name), out var current) && ReferenceEquals(current, old);
        if (old is not null)
            Remove(old);
        if (next is null)
            return;
        if (held)
            _plugins[(next.Kind, next.Name)] = next;
        else
            Add(next);
    }

    private void Remove(PluginInfo info)
    {
        _others.RemoveAll(o => ReferenceEquals(o, info));
        if (_plugins.TryGetValue((info.Kind, info.Name), out var current) && ReferenceEquals(current, info))
            _plugins.Remove((info.Kind, info.Name));
    }

    private void WatchOne(string path)
    {
        if (!_watchers.ContainsKey(path))
            _watchers.Add(path, new PluginWatcher(path, _delay!.Value, () => Reload(path)));
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
