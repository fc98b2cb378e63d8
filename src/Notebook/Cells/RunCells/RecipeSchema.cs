using System.Text.RegularExpressions;
using MoELab.Cells.Tables;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Cells.RunCells;

/// <summary>What a recipe may hold at a path, by the recipe's own keys and the plugins at hand: for completion, hovers and diagnostics.</summary>
/// <param name="catalog">The plugins.</param>
/// <param name="chosen">Which plugin the text, or what it starts from, names at <c>router</c>, <c>balancer</c> or <c>kernel</c>; null
/// where unknown.</param>
internal sealed partial class RecipeSchema(PluginCatalog catalog, Func<string, string?> chosen)
{
    private static readonly Dictionary<string, PluginKind> Nodes = new(StringComparer.Ordinal)
    {
        ["router"] = PluginKind.Router,
        ["balancer"] = PluginKind.Balancer,
        ["kernel"] = PluginKind.ExpertKernel,
    };

    private static readonly OptionInfo Start =
        new("recipe", typeof(string), null, null, null, [], "the preset, recipe of this notebook or file to start from");

    /// <summary>The keys of a map; <c>schedule[].set</c> takes whole dotted paths as well.</summary>
    /// <param name="container">Dotted path of the map, empty for the recipe itself.</param>
    public IEnumerable<CellCompletion> Keys(string container)
    {
        if (Inner(container) is { } inner)
            return inner.Length > 0 ? Keys(inner) : Keys("").Where(k => k.Text is not ("name" or "recipe" or "schedule")).Concat(Dotted());
        var keys = RecipeKeys.All.Where(k => Parent(k.Path) == Bare(container)).Select(k => Of(k.Key));
        if (container.Length == 0)
            return keys.Prepend(Of(Start));
        var parts = container.Split('.');
        return parts switch
        {
            [var node] when Nodes.ContainsKey(node) =>
                Plugin(node).Prepend(new CellCompletion("name", "Property", $"which {PluginRules.Word(Nodes[node])}")),
            ["losses"] => Names(PluginKind.AuxiliaryLoss),
            ["losses", var name] => Options(PluginKind.AuxiliaryLoss, name),
            ["optimizer"] => Names(PluginKind.Optimizer).Prepend(new CellCompletion("groups", "Property", "which optimizer moves which parameters")),
            ["optimizer", "groups"] =>
                OptimizerRecipe.TrinitySplit.Select(g => new CellCompletion(g.Key, "Property", $"role of parameters (default {g.Value})")),
            ["optimizer", var name] => Options(PluginKind.Optimizer, name),
            _ => keys,
        };
    }

    /// <summary>The words that fit as a value; none where any number or text may stand.</summary>
    /// <param name="path">Dotted path of the value.</param>
    public IEnumerable<CellCompletion> Values(string path)
    {
        if (Inner(path) is { } inner)
            return Values(inner);
        var parts = path.Split('.');
        return parts switch
        {
            _ when (parts.Length == 1 || parts is [_, "name"]) && Nodes.TryGetValue(parts[0], out var kind) =>
                kind == PluginKind.ExpertKernel ? Names(kind).Prepend(new CellCompletion("auto", "Class", "the fastest that runs here"))
                    : Names(kind),
            ["optimizer"] or ["optimizer", "groups", _] => Names(PluginKind.Optimizer),
            ["recipe"] => Presets.Names.Select(n => new CellCompletion(n, "Constant", "preset")),
            ["data", "corpus"] => Words("default", "files"),
            ["data", "tokenizer"] => Words("bytes", "bpe-1024", "o200k_base"),
            _ when Option(path) is { } option => option.Choices.Count > 0 ? Words([.. option.Choices])
                : (Nullable.GetUnderlyingType(option.Type) ?? option.Type) == typeof(bool) ? Words("true", "false") : [],
            _ => [],
        };
    }

    /// <summary>The key at a path; null where there is none.</summary>
    public OptionInfo? Option(string path)
    {
        if (Inner(path) is { Length: > 0 } inner)
            return Option(inner);
        var bare = Bare(path);
        if (path == "recipe")
            return Start;
        return RecipeKeys.All.FirstOrDefault(k => k.Path == bare).Key ?? path.Split('.') switch
        {
            [var node, var option] when Nodes.TryGetValue(node, out var kind) =>
                chosen(node) is { } name ? Find(kind, name)?.Options.FirstOrDefault(o => o.Name == option) : null,
            ["losses", var name, var option] => Find(PluginKind.AuxiliaryLoss, name)?.Options.FirstOrDefault(o => o.Name == option),
            ["optimizer", var name, var option] => Find(PluginKind.Optimizer, name)?.Options.FirstOrDefault(o => o.Name == option),
            _ => null,
        };
    }

    /// <summary>What stands at a path, as Markdown; null where nothing is known.</summary>
    /// <param name="path">Dotted path.</param>
    /// <param name="value">The value's word where the cursor is on it; null on the key.</param>
    public string? Describe(string path, string? value)
    {
        if (Inner(path) is { Length: > 0 } inner)
            return Describe(inner, value);
        var parts = path.Split('.');
        var plugin = parts switch
        {
            _ when value is not null && (parts.Length == 1 || parts is [_, "name"]) && Nodes.TryGetValue(parts[0], out var kind) => Find(kind, value),
            ["losses", var name] => Find(PluginKind.AuxiliaryLoss, name),
            ["optimizer", "groups", _] when value is not null => Find(PluginKind.Optimizer, value),
            ["optimizer", var name] => Find(PluginKind.Optimizer, name),
            _ => null,
        };
        return plugin is not null ? OptionText.Markdown(plugin) : Option(path) is { } option ? OptionText.Markdown(Bare(path), option) : null;
    }

    /// <summary>Dotted paths of single values: <c>training.steps</c>, <c>balancer.kappa</c>.</summary>
    public IEnumerable<CellCompletion> Dotted() =>
        RecipeKeys.All.Where(k => !k.Path.Contains("[]", StringComparison.Ordinal) && k.Path.Contains('.', StringComparison.Ordinal))
        .Select(k => new CellCompletion(k.Path, "Property", OptionText.Line(k.Key)))
        .Concat(Nodes.Keys.SelectMany(node => Plugin(node).Select(o => o with { Text = $"{node}.{o.Text}" })))
        .Concat(Names(PluginKind.AuxiliaryLoss)
            .SelectMany(l => Options(PluginKind.AuxiliaryLoss, l.Text).Select(o => o with { Text = $"losses.{l.Text}.{o.Text}" })))
        .Concat(Names(PluginKind.Optimizer)
            .SelectMany(l => Options(PluginKind.Optimizer, l.Text).Select(o => o with { Text = $"optimizer.{l.Text}.{o.Text}" })));

    private IEnumerable<CellCompletion> Plugin(string node) => chosen(node) is { } name ? Options(Nodes[node], name) : [];

    private IEnumerable<CellCompletion> Options(PluginKind kind, string name) => Find(kind, name)?.Options.Select(Of) ?? [];

    private IEnumerable<CellCompletion> Names(PluginKind kind) =>
        catalog.All.Where(p => p.Kind == kind).OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => new CellCompletion(p.Name, "Class", p.Summary));

    private PluginInfo? Find(PluginKind kind, string name) =>
        catalog.Versions.FirstOrDefault(p => p.Kind == kind && (p.Name == name || p.Id == name));

    private static CellCompletion[] Words(params string[] words) => [.. words.Select(w => new CellCompletion(w, "Constant"))];

    /// <summary>A key as a completion, with type, range and default.</summary>
    public static CellCompletion Of(OptionInfo option) => new(option.Name, "Property", OptionText.Line(option));

    private static string Bare(string path) => Index().Replace(path, "[]");

    private static string Parent(string path) => path.LastIndexOf('.') is var dot and >= 0 ? path[..dot] : "";

    // What stands below a scheduled change's 'set' is a recipe's path again.
    private static string? Inner(string path) => Change().Match(path) is { Success: true } match ? path[match.Length..] : null;

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex Index();

    [GeneratedRegex(@"^schedule\[\d+\]\.set(\.|$)")]
    private static partial Regex Change();
}
