namespace MoELab.Cells.RunCells;

/// <summary>Cells in YAML that define a value and, with a flag, train it: their own variables, completion, hovers and diagnostics.</summary>
/// <param name="csharp">The variables of C# cells.</param>
/// <param name="name">The magic.</param>
/// <param name="flag">The flag that trains, such as <c>--start</c>.</param>
internal abstract class YamlLanguage(ICellVariables csharp, string name, string flag) : ICellLanguage, IMagicLine
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public string Name => name;

    public abstract string Help { get; }

    public abstract Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel);

    public Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel)
    {
        if (YamlOutline.PlaceAt(cell.Body, cursor) is not { } place)
            return Task.FromResult(CellCompletions.None(cursor));
        // A key that is being typed must not join the lines below it to one word.
        var typing = place.Key is null && place.End > place.Start && !cell.Body.AsSpan(place.End).TrimStart(' ').StartsWith(":");
        var text = Read(typing ? cell.Body.Insert(place.End, ":") : cell.Body);
        var container = YamlEntry.Dot(place.Container);
        var schema = Schema(text, place.Container);
        var items = place.Key is null ? schema.Keys(place.Container)
            : schema.Values([.. place.Container, place.Key]).Concat(place.Key == "recipe" ? Defined<Recipe>("recipe of this notebook") : []);
        var typed = cell.Body[place.Start..cursor];
        var there = text.Outline.Entries.Where(e => place.Key is null && e.KeyStart != place.Start
            && YamlEntry.Dot(e.Path.SkipLast(1)) == container).Select(e => e.Path[^1]).ToHashSet(StringComparer.Ordinal);
        return Task.FromResult(new CellCompletions([.. items.Where(i => i.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
            && !there.Contains(i.Text)).DistinctBy(i => i.Text)], place.Start, Math.Max(place.End, cursor)));
    }

    public Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel) =>
        Task.FromResult(string.IsNullOrWhiteSpace(cell.Body) ? [] : Read(cell.Body).Problems());

    public Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel)
    {
        var text = Read(cell.Body);
        var entry = text.Outline.Entries.LastOrDefault(e => (e.KeyStart <= cursor && cursor <= e.KeyEnd)
            || (e.Value is not null && e.Start <= cursor && cursor <= e.End));
        if (entry is null)
            return Task.FromResult<string?>(null);
        var onValue = entry.Value is not null && entry.Start <= cursor && cursor <= entry.End;
        return Task.FromResult(Schema(text, [.. entry.Path.SkipLast(1)]).Describe(entry.Path, onValue ? entry.Value : null));
    }

    public bool Get(string name, out object? value) => _values.TryGetValue(name, out value);

    public void Set(string name, object? value) => _values[name] = value;

    public abstract IEnumerable<CellCompletion> Words(IReadOnlyList<string> before);

    /// <summary>The text of a cell.</summary>
    protected abstract YamlCell Read(string body);

    /// <summary>The schema of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="container">Path of the map around the cursor.</param>
    protected abstract IYamlSchema Schema(YamlCell text, IReadOnlyList<string> container);

    /// <summary>The words on the magic's line: the variable and the name that it gives; each null if it does not.</summary>
    /// <exception cref="InputException">A word that is unknown or lacks its value.</exception>
    protected (string? Variable, string? Name) Arguments(CellInvocation cell)
    {
        var words = cell.Arguments;
        string? variable = null;
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == "--name" && i + 1 < words.Count)
                i++;
            else if (words[i] == "--name")
                throw new InputException($"#!{Name} --name: no name given; expected #!{Name} --name NAME");
            else if (words[i].StartsWith("--", StringComparison.Ordinal) && words[i] != flag)
                throw new InputException($"#!{Name} {words[i]}: unknown option; expected --name NAME or {flag}");
            else if (words[i] != flag && variable is not null)
                throw new InputException($"#!{Name} {variable} {words[i]}: two variables; expected one");
            else if (words[i] != flag)
                variable = words[i];
        }
        return (variable, cell.Option("--name"));
    }

    /// <summary>Words that complete on the magic's line.</summary>
    protected IEnumerable<CellCompletion> Words(IReadOnlyList<string> before, string named, string trains, IEnumerable<CellCompletion> known) =>
        before is [.., "--name"] ? []
        : new[] { new CellCompletion("--name", "Keyword", named), new CellCompletion(flag, "Keyword", trains) }
            .Where(o => !before.Contains(o.Text)).Concat(before.Count == 0 ? known : []);

    /// <summary>Gives a value to the variable that the cell names, here and in C#.</summary>
    protected void Keep(string? variable, object value)
    {
        if (variable is null)
            return;
        _values[variable] = value;
        csharp.Set(variable, value);
    }

    protected virtual bool Find(string name, out object? value) => _values.TryGetValue(name, out value) || csharp.Get(name, out value);

    /// <summary>Values of a type that cells of this language have defined.</summary>
    public virtual IEnumerable<CellCompletion> Defined<T>(string what) =>
        _values.Where(v => v.Value is T).Select(v => new CellCompletion(v.Key, "Local", what));
}
