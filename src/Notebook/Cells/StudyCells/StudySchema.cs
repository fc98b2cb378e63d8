using MoELab.Cells.RunCells;
using MoELab.Plugins;
using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Training.Metrics;

namespace MoELab.Cells.StudyCells;

/// <summary>The keys and values of a study: its own, and those of a recipe in <c>recipe</c>, in each arm and in the axes of its grid.</summary>
internal sealed class StudySchema(PluginCatalog catalog, StudyCell text) : IYamlSchema
{
    public IEnumerable<CellCompletion> Keys(IReadOnlyList<string> container) => (string[])[.. container] switch
    {
        [] => OptionsBinder.Schema(typeof(StudyForm)).Select(Of),
        ["recipe", .. var rest] => Recipe("recipe").Keys(YamlEntry.Dot(rest)),
        ["arms", var arm] => Recipe($"arms.{arm}") is var schema ? schema.Keys("").Concat(schema.Dotted()) : [],
        ["arms", var arm, .. var rest] => Recipe($"arms.{arm}").Keys(YamlEntry.Dot(rest)),
        ["grid"] or ["grid", _] => OptionsBinder.Schema(typeof(GridAxis)).Select(Of),
        ["grid", _, "when"] => Paths(),
        ["claims"] or ["claims", _] => OptionsBinder.Schema(typeof(Claim)).Select(Of),
        ["law"] => OptionsBinder.Schema(typeof(LawForm)).Select(Of),
        _ => [],
    };

    public IEnumerable<CellCompletion> Values(IReadOnlyList<string> path) => (string[])[.. path] switch
    {
        ["recipe"] => Recipe("recipe").Values("recipe"),
        ["recipe", .. var rest] => Recipe("recipe").Values(YamlEntry.Dot(rest)),
        ["arms", var arm, .. { Length: > 0 } rest] => Recipe($"arms.{arm}").Values(YamlEntry.Dot(rest)),
        ["grid", _, "path"] or ["differs", _] => Paths(),
        ["grid", var axis, "values", _] => text.Outline.Value($"grid{axis}.path") is { } varied ? Recipe("recipe").Values(varied) : [],
        ["grid", _, "when", var at] => Recipe("recipe").Values(at),
        ["metric"] or ["claims", _, "metric"] => MetricCatalog.Definitions.Where(d => !d.Id.Contains('*', StringComparison.Ordinal))
            .Select(d => new CellCompletion(d.Id, "Constant", d.Definition)),
        _ => [],
    };

    public string? Describe(IReadOnlyList<string> path, string? value) => (string[])[.. path] switch
    {
        ["recipe"] when value is not null => Recipe("recipe").Describe("recipe", value),
        [var key] => Describe(typeof(StudyForm), key),
        ["recipe", .. var rest] => Recipe("recipe").Describe(YamlEntry.Dot(rest), value),
        ["arms", var arm, .. { Length: > 0 } rest] => Recipe($"arms.{arm}").Describe(YamlEntry.Dot(rest), value),
        ["grid", _, "path"] or ["differs", _] when value is not null => Recipe("recipe").Describe(value, null),
        ["grid", _, "when", .. { Length: > 0 } rest] => Recipe("recipe").Describe(YamlEntry.Dot(rest), value),
        ["grid", _, var key] => Describe(typeof(GridAxis), key),
        ["claims", _, var key] => Describe(typeof(Claim), key),
        ["law", var key] => Describe(typeof(LawForm), key),
        _ => null,
    };

    // Sections and plugins may vary as a whole.
    private IEnumerable<CellCompletion> Paths() => Recipe("recipe") is var schema
        ? schema.Keys("").Where(k => k.Text is not ("name" or "recipe" or "schedule")).Concat(schema.Dotted()) : [];

    // The plugin of a slot, named by the arm, otherwise by the study's recipe, otherwise by what that starts from.
    private RecipeSchema Recipe(string scope) => new(catalog, node =>
        Named($"{scope}.{node}") ?? Named($"recipe.{node}") ?? PluginSlot.NameAt(text.Base(scope), node));

    private string? Named(string path) => text.Outline.Value($"{path}.name") ?? text.Outline.Value(path);

    private static string? Describe(Type form, string key) => OptionsBinder.Schema(form).FirstOrDefault(o => o.Name == key) is not { } option ? null
        : IsAnything(option) ? $"**{key}**: {option.Summary}" : OptionText.Markdown(key, option);

    private static CellCompletion Of(OptionInfo option) =>
        IsAnything(option) ? new CellCompletion(option.Name, "Property", option.Summary) : RecipeSchema.Of(option);

    // Has no type of its own to tell of.
    private static bool IsAnything(OptionInfo option) => option.Type == typeof(JsonNode);
}
