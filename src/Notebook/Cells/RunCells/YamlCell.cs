using System.Text.Json;
using System.Text.RegularExpressions;
using MoELab.Query;

namespace MoELab.Cells.RunCells;

/// <summary>The parsed text of a cell in YAML: what it says, or every error with its place.</summary>
/// <param name="body">The YAML text.</param>
/// <param name="noun">What it describes, with its article: "a recipe".</param>
/// <param name="variable">A variable by name, for <c>$name</c> and <c>recipe: name</c>; false if there is none.</param>
internal abstract partial class YamlCell(string body, string noun, YamlCell.Lookup variable)
{
    // Each round finds one error and removes it; if there are more errors than rounds, the first ones are reported.
    private const int MaxProblems = 20;

    internal delegate bool Lookup(string name, out object? value);

    public YamlOutline Outline { get; } = YamlOutline.Of(body);

    /// <summary>The place to which a message refers.</summary>
    /// <returns>The entry, and whether the message is about its key rather than its value; null if it is about nothing in the text.</returns>
    public abstract (YamlEntry Entry, bool OfKey)? Locate(string sentence);

    /// <summary>All errors, up to a limit.</summary>
    public IReadOnlyList<CellDiagnostic> Problems()
    {
        var (found, removed) = (new List<CellDiagnostic>(), new List<IReadOnlyList<string>>());
        while (found.Count < MaxProblems)
        {
            try
            {
                // Read again each time, because a copy of the tree no longer has its scalars as they were written.
                var tree = Tree();
                foreach (var path in removed)
                    Remove(tree, path);
                Check(tree, whole: removed.Count == 0);
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
                removed.Add(at.Entry.Path is { Count: > 1 } path && path[^1] == "name" ? [.. path.SkipLast(1)] : at.Entry.Path);
            }
        }
        return found;
    }

    /// <summary>Why the cell failed, with the line of each error in the cell.</summary>
    /// <param name="sentence">The first error.</param>
    /// <param name="firstLine">The line of the cell on which the text begins.</param>
    public CellError Error(string sentence, int firstLine)
    {
        if (NotYaml().Match(sentence) is { Success: true } yaml)
        {
            var at = Math.Min(int.Parse(yaml.Groups[1].Value, CultureInfo.InvariantCulture), body.TrimEnd().AsSpan().Count('\n') + 1) + firstLine - 1;
            return new CellError("InputException", $"line {at}: not YAML: {sentence[yaml.Length..]}", [], at);
        }
        if (Locate(sentence) is not { } place)
            return new CellError("InputException", sentence, [], firstLine);
        IEnumerable<CellDiagnostic> problems = Problems() is { Count: > 0 } all ? all
            : [new CellDiagnostic(place.Entry.KeyStart, place.Entry.KeyEnd, sentence)];
        var located = problems.Select(p => (Line: firstLine + body.AsSpan(0, p.Start).Count('\n'), p.Message)).OrderBy(p => p.Line).ToArray();
        var sentences = string.Join(Environment.NewLine, located.Select(p => $"line {p.Line}: {p.Message}"));
        return new CellError("InputException", sentences, [], located[0].Line);
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

    /// <summary>The recipe that a start names; the default recipe if it is null or unknown.</summary>
    protected Recipe Start(string? name)
    {
        try
        {
            return name is null ? new Recipe() : Named(name);
        }
        catch (MoELabException)
        {
            return new Recipe();
        }
    }

    /// <summary>Checks keys and values.</summary>
    /// <param name="tree">The keys and values.</param>
    /// <param name="whole">Whether they are all that the text has; false where those that were wrong have been removed.</param>
    /// <exception cref="InputException">What is wrong with them.</exception>
    protected abstract void Check(JsonObject tree, bool whole);

    /// <exception cref="InputException">The text is not YAML, or has no keys and values.</exception>
    protected abstract JsonObject Tree();

    /// <summary>The entry with the longest part of a path, and whether a message about the path is about its key.</summary>
    protected (YamlEntry Entry, bool OfKey)? At(string path, string message)
    {
        var best = Outline.Entries.Where(e => path == e.Dotted || path.StartsWith(e.Dotted + ".", StringComparison.Ordinal)
            || path.StartsWith(e.Dotted + "[", StringComparison.Ordinal))
            .OrderByDescending(e => e.Dotted.Length).FirstOrDefault();
        return best is null ? null
            : (best, best.Value is null || message.Contains(": unknown ", StringComparison.Ordinal)
                || message.Contains("takes no options", StringComparison.Ordinal));
    }

    /// <summary>Replaces each <c>$name</c> by the variable's value.</summary>
    /// <exception cref="InputException">There is no such variable, or its value cannot be written in YAML.</exception>
    protected void Fill(JsonNode node, string path = "")
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
            if (value is JsonValue word && word.TryGetValue<string>(out var text) && text.Length > 1 && text[0] == '$'
                && where.Split('.')[^1] != "recipe")
                put(variable(text[1..], out var found) ? Node(found, where)
                    : throw new InputException($"{where}: no variable '{text[1..]}'; expected one of this notebook, or a value without $"));
            else if (value is JsonObject or JsonArray)
                Fill(value, where);
        }
    }

    private JsonNode? Node(object? value, string where)
    {
        if (value is QueryTable table)
            value = table.TrySingle(out var single) ? single
                : table.Columns.Count == 1 ? table[table.Columns[0]]
                : throw new InputException($"{where}: a table of {table.Columns.Count} columns cannot be used in {noun}; "
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
            throw new InputException($"{where}: a {value?.GetType().Name} cannot be used in {noun}; "
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

    private static void Remove(JsonNode tree, IReadOnlyList<string> path)
    {
        JsonNode? node = tree;
        foreach (var key in path.SkipLast(1))
            node = node is JsonArray list && key[0] == '[' && int.TryParse(key.Trim('[', ']'), out var i) && i < list.Count ? list[i]
                : node is JsonObject map ? map[key] : null;
        (node as JsonObject)?.Remove(path[^1]);
    }

    [GeneratedRegex(@"^not YAML at line (\d+), column \d+: ")]
    private static partial Regex NotYaml();
}
