namespace MoELab.Plugins;

/// <summary>
/// Checks changes of recipes against the available plugins. The options of an unavailable plugin that was already in the recipe are not checked,
/// because it may be available elsewhere; <c>elsewhere</c> returns whether it is.
/// </summary>
internal sealed class RecipeCheck(PluginCatalog catalog, Func<string, bool>? elsewhere = null) : IRecipeCheck
{
    public void Changed(Recipe before, Recipe after)
    {
        var moved = after.Optimizer.Groups.Where(g =>
            before.Optimizer.Groups.GetValueOrDefault(g.Key) != g.Value && !IsElsewhere(PluginSlot.Optimizer, g.Value));
        RecipeValidator.CheckRoles(after.Optimizer with { Groups = moved.ToDictionary() }, catalog);
        foreach (var slot in PluginSlot.All)
        {
            var earlier = slot.Of(before);
            foreach (var choice in slot.Of(after))
                Moved(slot, earlier.FirstOrDefault(c => slot.IsSingle || c.Name == choice.Name), choice);
        }
        if (!before.Alerts.SequenceEqual(after.Alerts))
            RecipeValidator.CheckAlerts(after);
        if (!JsonNode.DeepEquals(before.ToTree()["schedule"], after.ToTree()["schedule"]))
            BoundRecipe.CheckSchedule(after, catalog);
    }

    public void Balancer(PluginChoice choice)
    {
        var options = (JsonObject)choice.Options.DeepClone();
        options.Remove(RecipeEdit.ResetKey);
        RecipeValidator.Check(catalog, PluginSlot.Balancer, choice with { Options = options });
    }

    private void Moved(PluginSlot slot, PluginChoice? before, PluginChoice after)
    {
        if (!after.Equals(before) && !(after.Name == before?.Name && !IsHere(slot, after.Name)) && !IsElsewhere(slot, after.Name))
            RecipeValidator.Check(catalog, slot, after);
    }

    private bool IsElsewhere(PluginSlot slot, string name) => elsewhere is not null && !IsHere(slot, name) && elsewhere(name);

    private bool IsHere(PluginSlot slot, string name) => slot.IsAuto(name) || catalog.Version(PluginRules.KindOf(slot), name) is not null;
}
