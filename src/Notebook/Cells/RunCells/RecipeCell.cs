using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MoELab.Plugins;
using MoELab.Queries;
using MoELab.Recipes;

namespace MoELab.Cells.RunCells;

/// <summary>A recipe cell's text, read: the recipe, or each thing that is wrong with the place where it stands.</summary>
/// <param name="body">YAML.</param>
/// <param name="catalog">The plugins at hand.</param>
/// <param name="variable">A variable by name, for <c>$name</c> and <c>recipe: name</c>; false where there is none.</param>
internal sealed partial class RecipeCell(string body, PluginCatalog catalog, RecipeCell.Lookup variable)
{
    // Each round finds one mistake and takes it out; a recipe with more is told of these first.
    private const int MostProblems = 20;

    /// <summary>Finds a variable.</summary>
    internal delegate bool Lookup(string name, out object? value);

    /// <summary>The text's outline.</summary>
    public YamlOutline Outline { get; } = YamlOutline.Of(body);

    /// <summary>What the recipe starts from; the default recipe where the text names none, or none that there is.</summary>
    public Recipe Base
    {
        get
        {
            try
            {
                return Outline.Value("recipe") is { } name ? Named(name) : new Recipe();
            }
            catch (RecipeException)
            {
                return new Recipe();
            }
        }
    }

    /// <summary>The recipe.</summary>
    /// <param name="name">Its name; null keeps what the text or its start says.</param>
    /// <exception cref="RecipeException">The first thing that is wrong.</exception>
    public Recipe Read(string? name = null)
    {
        var tree = Tree();
        if (name is not null)
            tree["name"] = name;
        return Check(tree);
    }

    /// <summary>The place that a sentence is about: of the longest part of its path that the text has.</summary>
    /// <returns>The entry, and whether the sentence is about its key rather than its value; null where it is about nothing in the text.</returns>
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

    /// <summary>Everything that is wrong, up to a bound.</summary>
    public IReadOnlyList<CellDiagnostic> Problems()
    {
        var found = new List<CellDiagnostic>();
        JsonObject tree;
        try
        {
            tree = Tree();
        }
        catch (RecipeException e)
        {
            return [Whole(e.Message)];
        }
        while (found.Count < MostProblems)
        {
            try
            {
                Check((JsonObject)tree.DeepClone());
                return found;
            }
            catch (RecipeException e)
            {
                if (Locate(e.Message) is not { } at)
                    return found.Count == 0 ? [Whole(e.Message)] : found;
                var diagnostic = at.OfKey ? new CellDiagnostic(at.Entry.KeyStart, at.Entry.KeyEnd, e.Message)
                    : new CellDiagnostic(at.Entry.Start, at.Entry.End, e.Message);
                if (found.Contains(diagnostic))
                    return found;
                found.Add(diagnostic);
                // The options of a plugin that there is not are no further mistakes.
                if (!Remove(tree, at.Entry.Path is { Count: > 1 } path && path[^1] == "name" ? [.. path.SkipLast(1)] : at.Entry.Path))
                    return found;
            }
        }
        return found;
    }

    /// <summary>A recipe by the name of a preset, of a variable, or of a file.</summary>
    /// <exception cref="RecipeException">None of these.</exception>
    public Recipe Named(string name)
    {
        if (Presets.TryGet(name, out var preset))
            return preset;
        if (variable(name.TrimStart('$'), out var value) && value is Recipe or Run)
            return value as Recipe ?? ((Run)value).Recipe;
        return RecipeYaml.Load(name);
    }

    private JsonObject Tree() =>
        RecipeYaml.ParseValue(body) is JsonObject tree ? tree
            : throw new RecipeException("a recipe is keys and values; the cell has none, such as 'recipe: lab-small'");

    private Recipe Check(JsonObject tree)
    {
        Fill(tree, "");
        var recipe = RecipeYaml.Merge(tree, Named);
        RecipeValidator.Validate(recipe, catalog);
        return recipe;
    }

    // '$name' stands for a variable's value.
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
                    : throw new RecipeException($"{where}: no variable '{text[1..]}'; expected one of this notebook, or a value without $"));
            else if (value is JsonObject or JsonArray)
                Fill(value, where);
        }
    }

    private static JsonNode? Node(object? value, string where)
    {
        if (value is QueryTable table)
            value = table.TrySingle(out var single) ? single
                : table.Columns.Count == 1 ? table[table.Columns[0]]
                : throw new RecipeException($"{where}: a table of {table.Columns.Count} columns cannot stand in a recipe; expected a single value, or one column for a list");
        try
        {
            // As after --set: a text that YAML reads as a number or truth value is one.
            if (value is string text)
                return RecipeYaml.ParseValue(text) is JsonValue scalar ? scalar : JsonValue.Create(text);
            return JsonSerializer.SerializeToNode(value, OptionsBinder.Json);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new RecipeException($"{where}: a {value?.GetType().Name} cannot stand in a recipe; expected a number, a word, a truth value, or a list or map of these", e);
        }
    }

    private CellDiagnostic Whole(string sentence)
    {
        if (NotYaml().Match(sentence) is not { Success: true } match)
            return new CellDiagnostic(0, body.Length, sentence);
        var start = 0;
        for (var line = int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture); line > 1
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
