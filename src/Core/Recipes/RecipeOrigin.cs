namespace MoELab.Recipes;

/// <summary>What a recipe was changed from, and the values that the changes named: what else differs followed from them.</summary>
/// <param name="Base">The recipe before the first change.</param>
/// <param name="Named">Dotted paths that a change named.</param>
internal sealed record RecipeOrigin(Recipe Base, IReadOnlyList<string> Named)
{
    public RecipeOrigin Then(string path, JsonNode? value) => this with { Named = [.. Named, .. RecipeEdit.Names(path, value)] };
}
