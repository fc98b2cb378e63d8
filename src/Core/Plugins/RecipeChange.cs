using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Plugins;

/// <summary>
/// A change of a recipe where plugins are at hand: what another version of a plugin makes of the options, and what else a change moved.
/// </summary>
internal static class RecipeChange
{
    /// <summary>
    /// The recipe with one path changed. A plugin that becomes another version of itself (<c>name@hash</c>) keeps the options that were
    /// chosen; options that had the default take the new version's, and those that it does not know go.
    /// </summary>
    /// <exception cref="RecipeException">The value does not fit.</exception>
    public static Recipe Apply(Recipe recipe, string path, JsonNode? value, PluginCatalog catalog)
    {
        var next = Recipe.FromTree(RecipeTree.Set(recipe.ToTree(), path, value));
        var named = RecipeEdit.Names(path, value).ToHashSet(StringComparer.Ordinal);
        return next with
        {
            Router = Carry(PluginKind.Router, recipe.Router, next.Router, "router"),
            Balancer = Carry(PluginKind.Balancer, recipe.Balancer, next.Balancer, "balancer"),
            Kernel = Carry(PluginKind.ExpertKernel, recipe.Kernel, next.Kernel, "kernel"),
        };

        PluginChoice Carry(PluginKind kind, PluginChoice before, PluginChoice after, string node)
        {
            if (before.Name == after.Name || Find(catalog, kind, before.Name) is not { } old
                || Find(catalog, kind, after.Name) is not { } fresh || old.Name != fresh.Name)
                return after;
            var defaults = old.OptionsType is null ? [] : OptionsBinder.ToData(Activator.CreateInstance(old.OptionsType)!);
            return after with
            {
                Options = new JsonObject(after.Options
                    .Where(o => named.Contains($"{node}.{o.Key}")
                        || (fresh.Options.Any(f => f.Name == o.Key) && !JsonNode.DeepEquals(defaults[o.Key], o.Value)))
                    .Select(o => KeyValuePair.Create(o.Key, o.Value?.DeepClone()))),
            };
        }
    }

    /// <summary>What differs in plugins and their options although no change named it; empty for a recipe that was not changed.</summary>
    public static IReadOnlyList<RecipeDifference> Beside(Recipe recipe, PluginCatalog catalog) =>
        recipe.Origin is { } origin ? Beside(origin.Base, recipe, origin.Named, catalog) : [];

    /// <summary>What differs in plugins and their options between two recipes beside the named paths.</summary>
    public static IReadOnlyList<RecipeDifference> Beside(Recipe before, Recipe after, IEnumerable<string> named, PluginCatalog catalog)
    {
        var paths = named.ToArray();
        return [.. before.InFull(catalog).Diff(after.InFull(catalog)).Where(d => RecipeEdit.NamesPlugins(d.Path.Split('.')[0])
            && !paths.Any(p => d.Path == p || d.Path.StartsWith(p + ".", StringComparison.Ordinal)))];
    }

    /// <summary>The differences as one sentence; null where there are none. Options that left with their plugin are no news.</summary>
    public static string? Sentence(IReadOnlyList<RecipeDifference> beside) =>
        string.Join("; ", beside.Where(d => d.Right is not null)) is { Length: > 0 } changed ? $"also changed, without being named: {changed}" : null;

    private static PluginInfo? Find(PluginCatalog catalog, PluginKind kind, string name) =>
        catalog.Versions.FirstOrDefault(p => p.Kind == kind && (p.Name == name || p.Id == name));
}
