using System.Text.RegularExpressions;
using MoELab.Plugins;

namespace MoELab.Cells.RunCells;

/// <summary>The parsed text of a recipe cell: the recipe, or every error with its place.</summary>
/// <param name="body">The YAML text.</param>
/// <param name="catalog">The available plugins.</param>
/// <param name="variable">A variable by name, for <c>$name</c> and <c>recipe: name</c>; false if there is none.</param>
internal sealed partial class RecipeCell(string body, PluginCatalog catalog, YamlCell.Lookup variable) : YamlCell(body, "a recipe", variable)
{
    private readonly string _body = body;

    /// <summary>The recipe from which this one starts; the default recipe if the text names none, or an unknown one.</summary>
    public Recipe Base => Start(Outline.Value("recipe"));

    /// <param name="name">Its name; null keeps the name in the text or in its start.</param>
    /// <exception cref="InputException">The first error.</exception>
    public Recipe Read(string? name = null)
    {
        var tree = Tree();
        if (name is not null)
            tree["name"] = name;
        return Merged(tree);
    }

    /// <summary>The place of the longest part of the message's path in the text.</summary>
    public override (YamlEntry Entry, bool OfKey)? Locate(string sentence)
    {
        var prefix = "";
        if (Scheduled().Match(sentence) is { Success: true } scheduled)
        {
            var step = Outline.Entries.FirstOrDefault(e => e.Path is ["schedule", _, "step"] && e.Value == scheduled.Groups[1].Value);
            prefix = step is null ? "schedule." : $"schedule{step.Path[1]}.set.";
            sentence = sentence[scheduled.Length..];
        }
        return At(prefix + PathOf().Match(sentence).Value.TrimEnd('.'), sentence);
    }

    protected override JsonObject Tree() => RecipeYaml.ParseValue(_body) as JsonObject
        ?? throw new InputException("the cell has no recipe; expected keys and values, such as 'recipe: lab-small'");

    protected override void Check(JsonObject tree, bool whole) => Merged(tree);

    private Recipe Merged(JsonObject tree)
    {
        Fill(tree);
        var recipe = RecipeYaml.Merge(tree, Named);
        RecipeValidator.Validate(recipe, catalog);
        return recipe;
    }

    [GeneratedRegex(@"^[\w\-.\[\]]+")]
    internal static partial Regex PathOf();

    [GeneratedRegex(@"^schedule, step (\d+): ")]
    private static partial Regex Scheduled();
}
