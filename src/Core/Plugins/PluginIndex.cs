namespace MoELab.Plugins;

/// <summary>Plugins by kind and name, and those available only as <c>name@hash</c>. Not thread-safe.</summary>
internal sealed class PluginIndex
{
    private readonly SortedDictionary<(PluginKind Kind, string Name), PluginInfo> _plugins = [];
    private readonly List<PluginInfo> _others = [];

    public IReadOnlyCollection<PluginInfo> All => [.. _plugins.Values];

    /// <summary>Plugins available only as <c>name@hash</c>.</summary>
    public IReadOnlyCollection<PluginInfo> Others => [.. _others];

    /// <summary>Adds a plugin. If another one already has its name, that one stays and is returned.</summary>
    public PluginInfo? Add(PluginInfo info)
    {
        var key = (info.Kind, info.Name);
        if (_plugins.TryAdd(key, info) || _plugins[key].Hash == info.Hash)
            return null;
        _others.RemoveAll(o => o.Kind == info.Kind && o.Id == info.Id);
        _others.Add(info);
        return _plugins[key];
    }

    /// <summary>Adds a plugin and replaces any plugin of the same name.</summary>
    public void Replace(PluginInfo info) => _plugins[(info.Kind, info.Name)] = info;

    /// <summary>Adds a plugin that takes over its name; the previous one stays available as <c>name@hash</c>.</summary>
    public void Prefer(PluginInfo info)
    {
        _others.RemoveAll(o => o.Kind == info.Kind && o.Id == info.Id);
        if (_plugins.TryGetValue((info.Kind, info.Name), out var before) && before.Id != info.Id)
            _others.Add(before);
        Replace(info);
    }

    /// <summary>Replaces a plugin by its reloaded version.</summary>
    public void Swap(PluginInfo? old, PluginInfo? next)
    {
        var held = old is not null && Holds(old);
        if (old is not null)
            Remove(old);
        if (next is not null && held)
            Replace(next);
        else if (next is not null)
            Add(next);
    }

    public void Remove(PluginInfo info)
    {
        _others.RemoveAll(o => ReferenceEquals(o, info));
        if (Holds(info))
            _plugins.Remove((info.Kind, info.Name));
    }

    /// <summary>A plugin by <c>name</c> or <c>name@hash</c>.</summary>
    /// <exception cref="InputException">No such plugin, or it could not be loaded.</exception>
    public PluginInfo Find(PluginKind kind, string name, IEnumerable<PluginProblem> problems)
    {
        if (_plugins.TryGetValue((kind, name), out var info))
            return info;
        var bare = name.Split('@')[0];
        var versions = _plugins.Values.Concat(_others).Where(p => p.Kind == kind && p.Name == bare).ToArray();
        if (versions.FirstOrDefault(p => p.Id == name) is { } version)
            return version;
        var where = $"{PluginRules.NameOf(kind)} '{name}'";
        if (problems.FirstOrDefault(p => p.Plugins.Contains(bare)) is { } problem)
            throw new InputException($"{where}: {problem.Sentence}");
        throw new InputException(versions.Length > 0
            ? $"{where}: no such version; available: {string.Join(", ", versions.Select(p => p.Id))}"
            : $"{where}: no such plugin{Names.Hint(bare, [.. _plugins.Keys.Where(k => k.Kind == kind).Select(k => k.Name)])}");
    }

    private bool Holds(PluginInfo info) => _plugins.TryGetValue((info.Kind, info.Name), out var current) && ReferenceEquals(current, info);
}
