using System.Text.Json;
using System.Text.RegularExpressions;
using MoELab.Plugins;
using MoELab.Query;

namespace MoELab.Cells.RunCells;

/// <summary>The parsed text of a recipe cell: the recipe, or every error with its place.</summary>
/// <param name="body">The YAML text.</param>
/// <param name="catalog">The available plugins.</param>
/// <param name="variable">A variable by name, for <c>$name</c> and <c>recipe: name</c>; false if there is none.</param>
internal sealed partial class RecipeCell(string body, PluginCatalog catalog, RecipeCell.Lookup variable)
{
    // Each round finds one error and removes it; if there are more errors than rounds, the first ones are reported.
    private const int MaxProblems = 20;

    internal delegate bool Lookup(string name, out object? value);

    public YamlOutline Outline { get; } = YamlOutline.Of(body);

    /// <summary>The recipe from which this one starts; the default recipe if the text names none, or an unknown one.</summary>
    public Recipe Base
    {
        get
        {
            try
            {
                return Outline.Value("recipe") is { } name ? Named(name) : new Recipe();
            }
            catch (MoELabException)
            {
                return new Recipe();
            }
        }
    }

    /// <param name="name">Its name; null keeps the name in the text or in its start.</param>
    /// <exception cref="InputException">The first error.</exception>
    public Recipe Read(string? name = null)
    {
        var tree = Tree();
        if (name is not null)
            tree["name"] = name;
        return Check(tree);
    }

    /// <summary>The place to which a message refers: that of the longest part of its path in the text.</summary>
    /// <returns>The entry, and whether the message is about its key rather than its value; null if it is about nothing in the text.</returns>
    public (YamlEntry Entry, bool OfKey)? Locate(string sentence)
    {
        var prefix = "";
        if (Scheduled().Match(sentence) is { Success: true } scheduled)
        {
            var step = Outline.Entries.FirstOrDefault(e => e.Path is ["schedule", _, "step"] && e.Value == scheduled.Groups[1].Value);
            prefix = step is null ? "schedule." : $"schedule{step.Path[1]}.set.";
            sentence = sentence[scheduled.Length..];
        }
        var path = prefix + PathOf().Match(sentence).Value.TrimEnd('.');
        var best = Outline.Entries.Where(e => path == e.Dotted || path.StartsWith(e.Dotted + ".", StringComparison.Ordinal)
            || path.StartsWith(e.Dotted + "[", StringComparison.Ordinal))
            .OrderByDescending(e => e.Dotted.Length).FirstOrDefault();
        return best is null ? null
            : (best, best.Value is null || sentence.Contains(": unknown ", StringComparison.Ordinal)
                || sentence.Contains("takes no options", StringComparison.Ordinal));
    }

    /// <summary>All errors, up to a limit.</summary>
    public IReadOnlyList<CellDiagnostic> Problems()
    {
        var found = new List<CellDiagnostic>();
        JsonObject tree;
        try
        {
            tree = Tree();
        }
        catch (MoELabException e)
        {
            return [Whole(e.Message)];
        }
        while (found.Count < MaxProblems)
        {
            try
            {
                Check((JsonObject)tree.DeepClone());
                return found;
            }
            catch (MoELabException e)
            {
                if (Locate(e.Message) is not { } at)
                    return found.Count == 0 ? [Whole(e.Message)] : found;
                var diagnostic = at.OfKey ? new CellDiagnostic(at.Entry.KeyStart, at.Entry.KeyEnd, e.Message)
                    : new CellDiagnostic(at.Entry.Start, at.Entry.End, e.Message);
                if (found.Contains(diagnostic))
                    return found;
                found.Add(diagnostic);
                // Options of an unknown plugin are not further errors.
                if (!Remove(tree, at.Entry.Path is { Count: > 1 } path && path[^1] == "name" ? [.. path.SkipLast(1)] : at.Entry.Path))
                    return found;
            }
        }
        return found;
    }

    /// <summary>A recipe by the name of a preset, of a variable, or of a file.</summary>
    /// <exception cref="InputException">There is no such preset, variable or file.</exception>
    public Recipe Named(string name)
    {
        if (Presets.TryGet(name, out var preset))
            return preset;
        if (variable(name.TrimStart('$'), out var value) && value is Recipe or Run)
            return value as Recipe ?? ((Run)value).Recipe;
        return RecipeYaml.Load(name);
    }

    private JsonObject Tree() => RecipeYaml.ParseValue(body) as JsonObject
        ?? throw new InputException("the cell has no recipe; expected keys and values, such as 'recipe: lab-small'");

    private Recipe Check(JsonObject tree)
    {
        Fill(tree, "");
        var recipe = RecipeYaml.Merge(tree, Named);
        RecipeValidator.Validate(recipe, catalog);
        return recipe;
    }

    // '$name' is replaced by the variable's value.
    private void Fill(JsonNode node, string path)
    {
        var places = node switch
        {
            JsonObject map => map.Select(p =>
                (Path: OptionsBinder.Join(path, p.Key), p.Value, Put: (Action<JsonNode?>)(v => map[p.Key] = v))).ToArray(),
            JsonArray list => [.. list.Select((item, i) => (Path: $"{path}[{i}]", Value: item, Put: (Action<JsonNode?>)(v => list[i] = v)))],
            _ => [],
        };
        foreach (var (where, value, put) in places)
        {
            if (value is JsonValue word && word.TryGetValue<string>(out var text) && text.Length > 1 && text[0] == '$' && where != "recipe")
                put(variable(text[1..], out var found) ? Node(found, where)
                    : throw new InputException($"{where}: no variable '{text[1..]}'; expected one of this notebook, or a value without $"));
            else if (value is JsonObject or JsonArray)
                Fill(value, where);
        }
    }

    private static JsonNode? Node(object? value, string where)
    {
        if (value is QueryTable table)
            value = table.TrySingle(out var single) ? single
                : table.Columns.Count == 1 ? table[table.Columns[0]]
                : throw new InputException($"{where}: a table of {table.Columns.Count} columns cannot be used in a recipe; "
                    + "expected a single value, or one column for a list");
        try
        {
            // Same as for --set: a text that YAML reads as a number or boolean is one.
            if (value is string text)
                return RecipeYaml.ParseValue(text) is JsonValue scalar ? scalar : JsonValue.Create(text);
            return JsonSerializer.SerializeToNode(value, OptionsBinder.Json);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new InputException($"{where}: a {value?.GetType().Name} cannot be used in a recipe; "
                + "expected a number, a string, a boolean, or a list or map of these", e);
        }
    }

    private CellDiagnostic Whole(string sentence)
    {
        if (NotYaml().Match(sentence) is not { Success: true } match)
            return new CellDiagnostic(0, body.Length, sentence);
        var start = 0;
        for (var line = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture); line > 1
            && body.IndexOf('\n', start) is var next and >= 0; line--)
            start = next + 1;
        return new CellDiagnostic(start, body.IndexOf('\n', start) is var end and >= 0 ? end : body.Length, sentence);
    }

    private static bool Remove(JsonNode tree, IReadOnlyList<string> path)
    {
        JsonNode? node = tree;
        foreach (var key in path.SkipLast(1))
            node = node is JsonArray list && key[0] == '[' && int.TryParse(key.Trim('[', ']'), out var i) && i < list.Count ? list[i]
                : node is JsonObject map ? map[key] : null;
        return node is JsonObject holder && holder.Remove(path[^1]);
    }

    [GeneratedRegex(@"^[\w\-.\[\]]+")]
    private static partial Regex PathOf();

    [GeneratedRegex(@"^schedule, step (\d+): ")]
    private static partial Regex Scheduled();

    [GeneratedRegex(@"^not YAML at line (\d+), column \d+: ")]
    internal static partial Regex NotYaml();
}
