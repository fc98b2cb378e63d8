using MoELab.Cells.Tables;
using MoELab.Plugins;

namespace MoELab.Cells.RunCells;

/// <summary>Cells with a recipe in YAML: a cell defines the recipe, and trains it with <c>--start</c>.</summary>
internal sealed class RunLanguage(Lab lab, ICellVariables csharp) : ICellLanguage, IMagicLine
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public string Name => "run";
    public string Help => "[VARIABLE] [--name NAME] [--start]: defines the recipe in YAML on the lines below; --start also trains it";

    public async Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var (variable, name) = Arguments(cell);
        var text = new RecipeCell(cell.Body, lab.Plugins, Find);
        Recipe recipe;
        try
        {
            recipe = string.IsNullOrWhiteSpace(cell.Body) && variable is not null && cell.Flag("--start") ? Earlier(variable, name) : text.Read(name);
        }
        catch (MoELabException e)
        {
            return new CellResult(Located(e.Message, text, cell));
        }
        _values[recipe.Name] = recipe;
        if (!string.IsNullOrWhiteSpace(cell.Body))
            Show(recipe, text, cell, lab.Plugins);
        object value = recipe;
        if (cell.Flag("--start"))
        {
            var run = await Task.Run(() => lab.Start(recipe), cancel).ConfigureAwait(false);
            var taken = run.Name == recipe.Name ? "" : $"the name '{recipe.Name}' is taken: ";
            cell.Output.Print($"{taken}run '{run.Name}' trains in its own process{Environment.NewLine}");
            value = run;
        }
        if (variable is not null)
        {
            _values[variable] = value;
            csharp.Set(variable, value);
        }
        return new CellResult();
    }

    public Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel)
    {
        if (YamlOutline.PlaceAt(cell.Body, cursor) is not { } place)
            return Task.FromResult(CellCompletions.None(cursor));
        // A key that is being typed must not join the lines below it to one word.
        var typing = place.Key is null && place.End > place.Start && !cell.Body.AsSpan(place.End).TrimStart(' ').StartsWith(":");
        var text = new RecipeCell(typing ? cell.Body.Insert(place.End, ":") : cell.Body, lab.Plugins, Find);
        var container = YamlEntry.Dot(place.Container);
        var schema = Schema(text, container);
        IEnumerable<CellCompletion> items = place.Key is null ? schema.Keys(container)
            : schema.Values(YamlEntry.Dot([.. place.Container, place.Key])).Concat(place is { Container: [], Key: "recipe" } ? Recipes() : []);
        var typed = cell.Body[place.Start..cursor];
        var there = text.Outline.Entries.Where(e => place.Key is null && e.KeyStart != place.Start
            && YamlEntry.Dot(e.Path.SkipLast(1)) == container).Select(e => e.Path[^1]).ToHashSet(StringComparer.Ordinal);
        return Task.FromResult(new CellCompletions([.. items.Where(i => i.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
            && !there.Contains(i.Text)).DistinctBy(i => i.Text)], place.Start, Math.Max(place.End, cursor)));
    }

    public Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel) =>
        Task.FromResult(string.IsNullOrWhiteSpace(cell.Body) ? [] : new RecipeCell(cell.Body, lab.Plugins, Find).Problems());

    public Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel)
    {
        var text = new RecipeCell(cell.Body, lab.Plugins, Find);
        var entry = text.Outline.Entries.LastOrDefault(e => (e.KeyStart <= cursor && cursor <= e.KeyEnd)
            || (e.Value is not null && e.Start <= cursor && cursor <= e.End));
        if (entry is null)
            return Task.FromResult<string?>(null);
        var onValue = entry.Value is not null && entry.Start <= cursor && cursor <= entry.End;
        return Task.FromResult(Schema(text, YamlEntry.Dot(entry.Path.SkipLast(1))).Describe(entry.Dotted, onValue ? entry.Value : null));
    }

    public bool Get(string name, out object? value) => _values.TryGetValue(name, out value);

    public void Set(string name, object? value) => _values[name] = value;

    public IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) => before is [.., "--name"] ? []
        : new[] { new CellCompletion("--name", "Keyword", "the recipe's and the run's name"),
            new CellCompletion("--start", "Keyword", "train it now") }.Where(o => !before.Contains(o.Text))
            .Concat(before.Count == 0 ? Recipes() : []);

    private static (string? Variable, string? Name) Arguments(CellInvocation cell)
    {
        var words = cell.Arguments;
        string? variable = null;
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == "--name" && i + 1 < words.Count)
                i++;
            else if (words[i] == "--name")
                throw new InputException("#!run --name: no name given; expected #!run --name NAME");
            else if (words[i].StartsWith("--", StringComparison.Ordinal) && words[i] != "--start")
                throw new InputException($"#!run {words[i]}: unknown option; expected --name NAME or --start");
            else if (words[i] != "--start" && variable is not null)
                throw new InputException($"#!run {variable} {words[i]}: two variables; expected one");
            else if (words[i] != "--start")
                variable = words[i];
        }
        return (variable, cell.Option("--name"));
    }

    private Recipe Earlier(string variable, string? name)
    {
        var recipe = (Find(variable, out var value) ? value as Recipe ?? (value as Run)?.Recipe : null) ?? throw new InputException(
            $"#!run {variable} --start: no recipe '{variable}' in this notebook and no lines below; expected one of them");
        return name is null ? recipe : recipe with { Name = name };
    }

    private bool Find(string name, out object? value) => _values.TryGetValue(name, out value) || csharp.Get(name, out value);

    private IEnumerable<CellCompletion> Recipes() =>
        _values.Where(v => v.Value is Recipe).Select(v => new CellCompletion(v.Key, "Local", "recipe of this notebook"));

    // The plugin of a slot, named by a scheduled change, otherwise by the text, otherwise by its start.
    private RecipeSchema Schema(RecipeCell text, string container) => new(lab.Plugins, node =>
    {
        var at = container.IndexOf(".set", StringComparison.Ordinal) is var set and > 0 && container.StartsWith("schedule[", StringComparison.Ordinal)
            ? container[..(set + 4)] + "." : "";
        return text.Outline.Value($"{at}{node}.name") ?? text.Outline.Value($"{at}{node}")
            ?? text.Outline.Value($"{node}.name") ?? text.Outline.Value(node) ?? PluginSlot.NameAt(text.Base, node);
    });

    private static void Show(Recipe recipe, RecipeCell text, CellInvocation cell, PluginCatalog plugins)
    {
        var start = text.Outline.Value("recipe");
        var changes = text.Base.InFull(plugins).Diff(recipe.InFull(plugins)).Where(d => d.Path != "name").ToArray();
        var title = $"recipe '{recipe.Name}' ({recipe.Hash()}): {RecipeTable.Differ(changes.Length, start ?? "the default recipe")}";
        if (RecipeChange.Sentence(RecipeChange.Beside(recipe, plugins)) is { } also)
            title += "; " + also;
        if (changes.Length == 0)
            cell.Output.Display(CellData.Of("text/plain", title));
        else
            cell.Output.Display(CellTable.Of(["path", start ?? "default", recipe.Name == start ? "this cell" : recipe.Name],
                CellTable.Rows(changes), title));
    }

    private static CellError Located(string sentence, RecipeCell text, CellInvocation cell)
    {
        if (RecipeCell.NotYaml().Match(sentence) is { Success: true } yaml)
        {
            var at = Math.Min(int.Parse(yaml.Groups[1].Value, CultureInfo.InvariantCulture), cell.Body.TrimEnd().AsSpan().Count('\n') + 1)
                + cell.FirstLine - 1;
            return new CellError("InputException", $"line {at}: not YAML: {sentence[yaml.Length..]}", [], at);
        }
        if (text.Locate(sentence) is not { } place)
            return new CellError("InputException", sentence, [], cell.FirstLine);
        IEnumerable<CellDiagnostic> problems = text.Problems() is { Count: > 0 } all ? all
            : [new CellDiagnostic(place.Entry.KeyStart, place.Entry.KeyEnd, sentence)];
        var located = problems.Select(p => (Line: cell.FirstLine + cell.Body.AsSpan(0, p.Start).Count('\n'), p.Message))
            .OrderBy(p => p.Line).ToArray();
        var sentences = string.Join(Environment.NewLine, located.Select(p => $"line {p.Line}: {p.Message}"));
        return new CellError("InputException", sentences, [], located[0].Line);
    }
}
