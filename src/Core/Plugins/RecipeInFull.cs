namespace MoELab.Plugins;

/// <summary>A recipe with every option of its plugins, including those at the plugin's default.</summary>
public static class RecipeInFull
{
    /// <summary>
    /// The recipe with the defaults of its router, balancer, kernel, losses and optimizers written out; an unavailable plugin is not changed.
    /// </summary>
    public static Recipe InFull(this Recipe recipe, PluginCatalog catalog)
    {
        // Options of optimizers that move no parameters have no effect.
        var used = recipe with { Optimizer = recipe.Optimizer with { Options = recipe.Optimizer.Choices.ToDictionary(c => c.Name, c => c.Options) } };
        return PluginSlot.All.Aggregate(used, (r, slot) =>
            slot.Map(r, choice => Fill(choice, catalog.Version(PluginRules.KindOf(slot), choice.Name)?.OptionsType)));
    }

    private static PluginChoice Fill(PluginChoice choice, Type? type)
    {
        if (type is null)
            return choice;
        // Uses the binder, because it does not keep the type of a plugin alive after it is unloaded.
        var defaults = OptionsBinder.ToData(Activator.CreateInstance(type)!);
        var options = new JsonObject();
        foreach (var option in OptionsBinder.Schema(type))
            options[option.Name] = (choice.Options.TryGetPropertyValue(option.Name, out var set) ? set : defaults[option.Name])?.DeepClone();
        foreach (var (key, value) in choice.Options.Where(o => !options.ContainsKey(o.Key)))
            options[key] = value?.DeepClone();
        return choice with { Options = options };
    }
}
