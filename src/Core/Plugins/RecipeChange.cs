using MoELab.Recipes.Lengths;

namespace MoELab.Plugins;

/// <summary>
/// Changes a recipe with the plugins available: carries options over to another version of a plugin, and reports what else a change moved.
/// </summary>
internal static class RecipeChange
{
    /// <summary>
    /// The recipe with one path changed. A plugin that becomes another version of itself (<c>name@hash</c>) keeps the options that were
    /// chosen; options that had the default take the new version's, and options that it does not have are dropped.
    /// </summary>
    /// <exception cref="InputException">The value is invalid.</exception>
    public static Recipe Apply(Recipe recipe, string path, JsonNode? value, PluginCatalog catalog)
    {
        var next = Recipe.FromTree(RecipeTree.Set(recipe.ToTree(), path, value));
        var named = RecipeEdit.Names(path, value).ToHashSet(StringComparer.Ordinal);
        return PluginSlot.Singles.Aggregate(next, (r, slot) => slot.Map(r, after => Carry(slot, slot.Of(recipe)[0], after)));

        PluginChoice Carry(PluginSlot slot, PluginChoice before, PluginChoice after)
        {
            var kind = PluginRules.KindOf(slot);
            if (before.Name == after.Name || catalog.Version(kind, before.Name) is not { } old
                || catalog.Version(kind, after.Name) is not { } fresh || old.Name != fresh.Name)
                return after;
            var defaults = old.OptionsType is null ? [] : OptionsBinder.ToData(Activator.CreateInstance(old.OptionsType)!);
            return after with
            {
                Options = new JsonObject(after.Options
                    .Where(o => named.Contains($"{slot.Key}.{o.Key}")
                        || (fresh.Options.Any(f => f.Name == o.Key) && !JsonNode.DeepEquals(defaults[o.Key], o.Value)))
                    .Select(o => KeyValuePair.Create(o.Key, o.Value?.DeepClone()))),
            };
        }
    }

    /// <summary>The recipe after each scheduled change, in the order of their steps, and the change's place for messages.</summary>
    /// <exception cref="InputException">A value is invalid.</exception>
    public static IEnumerable<(string Place, Recipe Recipe)> Scheduled(Recipe recipe, PluginCatalog catalog)
    {
        var timeline = new TrainingTimeline(recipe.Training);
        foreach (var change in recipe.Schedule.OrderBy(c => timeline.FirstStep(c.Step)))
        {
            var place = $"schedule, step {change.Step}";
            foreach (var (path, value) in change.Set)
                RecipeValidator.Located(place, () => recipe = Apply(recipe, path, value, catalog));
            yield return (place, recipe);
        }
    }

    /// <summary>Differences in plugins and their options that no change named; empty for a recipe that was not changed.</summary>
    public static IReadOnlyList<RecipeDifference> Beside(Recipe recipe, PluginCatalog catalog) =>
        recipe.Origin is { } origin ? Beside(origin.Base, recipe, origin.Named, catalog) : [];

    /// <summary>Differences in plugins and their options between two recipes, apart from the named paths.</summary>
    public static IReadOnlyList<RecipeDifference> Beside(Recipe before, Recipe after, IEnumerable<string> named, PluginCatalog catalog)
    {
        var paths = named.ToArray();
        return [.. before.InFull(catalog).Diff(after.InFull(catalog)).Where(d => PluginSlot.Find(d.Path.Split('.')[0]) is not null
            && !paths.Any(p => d.Path == p || d.Path.StartsWith(p + ".", StringComparison.Ordinal)))];
    }

    /// <summary>The differences as one sentence; null if there are none. Options that disappeared with their plugin are not listed.</summary>
    public static string? Sentence(IReadOnlyList<RecipeDifference> beside) =>
        string.Join("; ", beside.Where(d => d.Right is not null)) is { Length: > 0 } changed ? $"also changed as a result: {changed}" : null;
}
