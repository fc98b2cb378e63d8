using System.Text.RegularExpressions;
using MoELab.Plugins;

namespace MoELab.Cells.RunCells;

/// <summary>
/// The keys and values that a recipe can have at a path, from the recipe's own keys and the available plugins: for completion, hovers and
/// diagnostics.
/// </summary>
/// <param name="catalog">The plugins.</param>
/// <param name="chosen">The plugin that the text, or its start, names in a section for one; null if unknown.</param>
internal sealed partial class RecipeSchema(PluginCatalog catalog, Func<string, string?> chosen) : IYamlSchema
{
    private static readonly OptionInfo Start = new("recipe", typeof(string), null, null, null, [],
        "the preset, recipe of this notebook or file to start from");

    /// <summary>The keys of a map; <c>schedule[].set</c> takes whole dotted paths as well.</summary>
    /// <param name="container">Dotted path of the map, empty for the recipe itself.</param>
    public IEnumerable<CellCompletion> Keys(string container)
    {
        if (Inner(container) is { } inner)
            return inner.Length > 0 ? Keys(inner) : Keys("").Where(k => k.Text is not ("name" or "recipe" or "schedule")).Concat(Dotted());
        var keys = RecipeKeys.All.Where(k => Parent(k.Path) == Bare(container)).Select(k => Of(k.Key));
        return container.Split('.') switch
        {
            [""] => keys.Prepend(Of(Start)),
            ["optimizer"] => Names(PluginSlot.Optimizer)
                .Prepend(new CellCompletion("groups", "Property", "which optimizer moves which parameters")),
            ["optimizer", "groups"] => OptimizerRecipe.TrinitySplit
                .Select(g => new CellCompletion(g.Key, "Property", $"role of parameters (default {g.Value})")),
            [var key] when PluginSlot.Find(key) is { } slot => slot.IsSingle
                ? Options(slot, chosen(key)).Select(Of)
                    .Prepend(new CellCompletion("name", "Property", $"which {PluginRules.NameOf(PluginRules.KindOf(slot))}"))
                : Names(slot),
            [var key, var name] when PluginSlot.Find(key) is { IsSingle: false } slot => Options(slot, name).Select(Of),
            _ => keys,
        };
    }

    /// <summary>The possible values; empty if any number or text is allowed.</summary>
    public IEnumerable<CellCompletion> Values(string path)
    {
        if (Inner(path) is { } inner)
            return Values(inner);
        return path.Split('.') switch
        {
            ["optimizer"] or ["optimizer", "groups", _] => Names(PluginSlot.Optimizer),
            [var key, .. var rest] when rest is [] or ["name"] && PluginSlot.Find(key) is { IsSingle: true } slot => Names(slot),
            ["recipe"] => Presets.Names.Select(n => new CellCompletion(n, "Constant", "preset")),
            ["data", "corpus"] => Words(["default", "files"]),
            ["data", "tokenizer"] => Words(["bytes", "bpe-1024", "o200k_base"]),
            _ => Words(Option(path)?.Words ?? []),
        };
    }

    /// <summary>The key at a path; null if there is none.</summary>
    public OptionInfo? Option(string path)
    {
        if (Inner(path) is { Length: > 0 } inner)
            return Option(inner);
        var bare = Bare(path);
        if (path == "recipe")
            return Start;
        return RecipeKeys.All.FirstOrDefault(k => k.Path == bare).Key ?? path.Split('.') switch
        {
            [var key, var option] when PluginSlot.Find(key) is { IsSingle: true } slot =>
                Options(slot, chosen(key)).FirstOrDefault(o => o.Name == option),
            [var key, var name, var option] when PluginSlot.Find(key) is { IsSingle: false } slot =>
                Options(slot, name).FirstOrDefault(o => o.Name == option),
            _ => null,
        };
    }

    /// <summary>The meaning of a path, as Markdown; null if unknown. The value is null if the cursor is on the key.</summary>
    public string? Describe(string path, string? value)
    {
        if (Inner(path) is { Length: > 0 } inner)
            return Describe(inner, value);
        var plugin = path.Split('.') switch
        {
            ["optimizer", "groups", _] => Find(PluginSlot.Optimizer, value),
            [var key, .. var rest] when rest is [] or ["name"] && PluginSlot.Find(key) is { IsSingle: true } slot => Find(slot, value),
            [var key, var name] when PluginSlot.Find(key) is { IsSingle: false } slot => Find(slot, name),
            _ => null,
        };
        if (plugin is not null)
            return $"**{plugin.Name}** ({PluginRules.NameOf(plugin.Kind)}): {plugin.Summary}"
                + string.Concat(plugin.Options.Select((o, i) => $"{(i == 0 ? "\n" : "")}\n- `{o.Name}`: {OptionText.Line(o)}"));
        return Option(path) is { } option ? OptionText.Markdown(Bare(path), option) : null;
    }

    /// <summary>Dotted paths of single values: <c>training.steps</c>, <c>balancer.kappa</c>.</summary>
    public IEnumerable<CellCompletion> Dotted() => RecipeKeys.All
        .Where(k => !k.Path.Contains("[]", StringComparison.Ordinal) && k.Path.Contains('.', StringComparison.Ordinal))
        .Select(k => Of(k.Key) with { Text = k.Path })
        .Concat(from slot in PluginSlot.All
                from plugin in slot.IsSingle ? new[] { chosen(slot.Key) }.OfType<string>() : Names(slot).Select(n => n.Text)
                from option in Options(slot, plugin)
                select Of(option) with { Text = $"{slot.PathOf(plugin)}.{option.Name}" });

    IEnumerable<CellCompletion> IYamlSchema.Keys(IReadOnlyList<string> container) => Keys(YamlEntry.Dot(container));

    IEnumerable<CellCompletion> IYamlSchema.Values(IReadOnlyList<string> path) => Values(YamlEntry.Dot(path));

    string? IYamlSchema.Describe(IReadOnlyList<string> path, string? value) => Describe(YamlEntry.Dot(path), value);

    /// <summary>A key as a completion, with type, range and default.</summary>
    public static CellCompletion Of(OptionInfo option) => new(option.Name, "Property", OptionText.Line(option));

    private IEnumerable<OptionInfo> Options(PluginSlot slot, string? plugin) => Find(slot, plugin)?.Options ?? [];

    private PluginInfo? Find(PluginSlot slot, string? plugin) => plugin is null ? null : catalog.Version(PluginRules.KindOf(slot), plugin);

    private IEnumerable<CellCompletion> Names(PluginSlot slot)
    {
        var names = catalog.All.Where(p => p.Kind == PluginRules.KindOf(slot)).OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => new CellCompletion(p.Name, "Class", p.Summary));
        return slot == PluginSlot.Kernel ? names.Prepend(new CellCompletion(PluginSlot.Auto, "Class", "the fastest that runs here")) : names;
    }

    private static IEnumerable<CellCompletion> Words(IEnumerable<string> words) => words.Select(w => new CellCompletion(w, "Constant"));

    private static string Bare(string path) => Index().Replace(path, "[]");

    private static string Parent(string path) => path.LastIndexOf('.') is var dot and >= 0 ? path[..dot] : "";

    // Below the 'set' of a scheduled change, paths are those of a recipe again.
    private static string? Inner(string path) => Change().Match(path) is { Success: true } match ? path[match.Length..] : null;

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Index();

    [GeneratedRegex(@"^schedule\[\d+\]\.set(\.|$)")]
    private static partial Regex Change();
}
