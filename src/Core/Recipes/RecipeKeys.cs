namespace MoELab.Recipes;

/// <summary>Every key of a recipe with its type, default, range and help: what documentation, completion and hovers show.</summary>
public static class RecipeKeys
{
    private static readonly (string Section, Type Type)[] Sections =
    [
        ("model", typeof(ModelRecipe)), ("data", typeof(DataRecipe)), ("data.phases[]", typeof(PhaseRecipe)),
        ("training", typeof(TrainingRecipe)), ("schedule[]", typeof(ScheduledChange)),
    ];

    /// <summary>Dotted path and description of every key; a list's elements are under <c>name[]</c>.</summary>
    public static IEnumerable<(string Path, OptionInfo Key)> All =>
        OptionsBinder.Schema(typeof(Recipe)).Select(k => (k.Name, k))
            .Concat(Sections.SelectMany(s => OptionsBinder.Schema(s.Type).Select(k => ($"{s.Section}.{k.Name}", k))));

    /// <summary>The keys as Markdown tables, one per section: the generated part of <c>docs/recipes.md</c>.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder();
        foreach (var section in All.GroupBy(k => k.Path.Contains('.', StringComparison.Ordinal) ? k.Path[..k.Path.LastIndexOf('.')] : ""))
        {
            text.Append(section.Key.Length == 0 ? "### The recipe itself\n\n" : $"### {section.Key}\n\n");
            text.Append("| key | default | range | meaning |\n|---|---|---|---|\n");
            foreach (var (path, key) in section)
                text.Append(CultureInfo.InvariantCulture, $"| `{path}` | {Default(key)} | {RangeOf(key)} | {key.Summary} |\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Default(OptionInfo key) => OptionText.Default(key) switch
    {
        "" => key.Default is null ? "" : "see below",
        "none" => "none",
        var value => $"`{value}`",
    };

    private static string RangeOf(OptionInfo key) => key.Words.Count > 0 ? string.Join(", ", key.Words.Select(w => $"`{w}`")) : OptionText.Range(key);
}
