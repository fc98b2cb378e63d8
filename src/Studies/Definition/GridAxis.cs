using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Studies.Definition;

/// <summary>One axis of a study's grid: every arm so far is taken once with each value.</summary>
public sealed record GridAxis
{
    /// <summary>The recipe path that varies, such as <c>balancer.kappa</c>.</summary>
    [Required, Description("the recipe path that varies, such as balancer.kappa")]
    public string Path { get; init; } = "";

    /// <summary>Its values, as a recipe writes them.</summary>
    [MinLength(1), Description("its values")]
    public IReadOnlyList<JsonNode?> Values { get; init; } = [];

    /// <summary>
    /// Which arms the axis multiplies: paths with the value that an arm's recipe must have there. Other arms stay as they are. Empty: every arm.
    /// </summary>
    [Description("paths with the value that an arm must have for the axis to apply; empty: every arm")]
    public IReadOnlyDictionary<string, JsonNode?> When { get; init; } = new Dictionary<string, JsonNode?>();

    internal bool AppliesTo(Recipe recipe)
    {
        var leaves = RecipeTree.Leaves(recipe.ToTree(), "").ToDictionary(l => l.Path, l => l.Value, StringComparer.Ordinal);
        return When.All(w => Value(leaves, w.Key) == RecipeTree.Leaves(w.Value, "").Single().Value);
    }

    // A plugin's section compares by the plugin's name.
    private static string? Value(Dictionary<string, string> leaves, string path) =>
        leaves.GetValueOrDefault(path) ?? leaves.GetValueOrDefault(path + ".name");
}
