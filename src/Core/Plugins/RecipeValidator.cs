using MoELab.Runs.Control;

namespace MoELab.Plugins;

/// <summary>Checks the parts of a recipe that need the catalog of plugins: names and options, including those in scheduled changes.</summary>
public static class RecipeValidator
{
    /// <summary>Validates router, balancer, kernel, losses, optimizers, alerts and schedule.</summary>
    /// <exception cref="InputException">The first unknown plugin or option, value out of range, or invalid rule.</exception>
    public static void Validate(Recipe recipe, PluginCatalog catalog) => BoundRecipe.Of(recipe, catalog);

    /// <exception cref="InputException">The first invalid rule.</exception>
    internal static void CheckAlerts(Recipe recipe)
    {
        for (var i = 0; i < recipe.Alerts.Count; i++)
            Located($"alerts[{i}]", () => AlertRule.Parse(recipe.Alerts[i]));
    }

    /// <exception cref="InputException">The first role with an unknown optimizer.</exception>
    internal static void CheckRoles(OptimizerRecipe optimizer, PluginCatalog catalog)
    {
        foreach (var (role, name) in optimizer.Groups)
            Located($"optimizer.groups.{role}", () => catalog.Find(PluginKind.Optimizer, name));
    }

    /// <summary>Checks a plugin's name and options without creating it.</summary>
    /// <exception cref="InputException">No such plugin, an unknown option or an invalid value.</exception>
    internal static void Check(PluginCatalog catalog, PluginSlot slot, PluginChoice choice)
    {
        var path = slot.PathOf(choice.Name);
        if (slot.IsAuto(choice.Name))
        {
            if (choice.Options.Count > 0)
                throw PluginRules.NoOptions(choice, path);
            return;
        }
        PluginInfo? info = null;
        Located(path, () => info = catalog.Find(PluginRules.KindOf(slot), choice.Name));
        PluginRules.Bind(info!, choice, path);
    }

    internal static void Located(string where, Action check) => Located(where, () =>
    {
        check();
        return true;
    });

    /// <summary>Reads something, and begins the message about what is wrong in it with its place.</summary>
    /// <exception cref="InputException">It is not valid.</exception>
    internal static T Located<T>(string where, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InputException e) when (!e.Message.StartsWith(where, StringComparison.Ordinal))
        {
            throw new InputException($"{where}: {e.Message}", e);
        }
    }
}
