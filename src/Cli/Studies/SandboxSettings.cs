namespace MoELab.Cli.Studies;

/// <summary>The assignments of <c>sandbox --set</c>, by what they belong to; each is taken once.</summary>
internal sealed class SandboxSettings
{
    private readonly Dictionary<string, JsonObject> _sections = [];
    private readonly HashSet<string> _known = ["stream", "router", "balancer"];

    /// <exception cref="InputException">One cannot be read.</exception>
    public SandboxSettings(IEnumerable<string> assignments)
    {
        foreach (var assignment in assignments)
        {
            var (path, value) = RecipeTree.ParseAssignment(assignment);
            if (path.Split('.', 2) is not [var section, { Length: > 0 } key])
                throw new InputException($"'{assignment}': expected SECTION.OPTION=value, where the section is stream, router, balancer or the name of a "
                    + "compared balancer, such as stream.noise=2");
            if (!_sections.TryGetValue(section, out var options))
                _sections.Add(section, options = []);
            options[key] = value?.DeepClone();
        }
    }

    /// <summary>What a balancer is called in tables: its name and the options that were given.</summary>
    public static string Label(PluginChoice choice) =>
        string.Join(' ', [choice.Name, .. choice.Options.Select(o => $"{o.Key}={o.Value?.ToJsonString()}")]);

    /// <summary>The options of a section, in the order in which they were given.</summary>
    public JsonObject Take(string section)
    {
        _known.Add(section);
        return _sections.GetValueOrDefault(section)?.DeepClone().AsObject() ?? [];
    }

    /// <summary>A plugin by name or as a map, with the options of its section; null for the section means its name.</summary>
    public PluginChoice Choice(string text, string? section)
    {
        var choice = PluginChoice.Read(text.StartsWith('{') ? RecipeYaml.ParseValue(text) : JsonValue.Create(text), section ?? "--compare");
        var options = choice.Options.DeepClone().AsObject();
        foreach (var (key, value) in Take(section ?? choice.Name))
            options[key] = value?.DeepClone();
        return choice with { Options = options };
    }

    /// <exception cref="InputException">An assignment belongs to nothing that was asked for.</exception>
    public void RequireNone()
    {
        if (_sections.Keys.FirstOrDefault(s => !_known.Contains(s)) is { } stray)
            throw new InputException($"--set {stray}.{_sections[stray].First().Key}: nothing is called '{stray}' here{Names.Hint(stray, _known)}");
    }
}
