using MoELab.Recipes;
using MoELab.Routing;
using MoELab.Runs;

namespace MoELab.Plugins;

/// <summary>Checks the part of a recipe that only a catalog of plugins knows: names and options, at every scheduled change too.</summary>
public static class RecipeValidator
{
    /// <summary>Validates router, balancer, kernel, losses, optimizers, alerts and schedule.</summary>
    /// <exception cref="RecipeException">The first unknown plugin or option, value out of range, or rule that cannot be read.</exception>
    public static void Validate(Recipe recipe, PluginCatalog catalog)
    {
        CheckPlugins(recipe, catalog);
        CheckAlerts(recipe);
        CheckSchedule(recipe, catalog);
    }

    /// <exception cref="RecipeException">The first rule that cannot be read.</exception>
    internal static void CheckAlerts(Recipe recipe)
    {
        for (var i = 0; i < recipe.Alerts.Count; i++)
            Located($"alerts[{i}]", () => AlertRule.Parse(recipe.Alerts[i]));
    }

    /// <summary>Checks the ends of phases and every scheduled change, each on the recipe as those before it leave it.</summary>
    /// <exception cref="RecipeException">The first change that does not fit.</exception>
    internal static void CheckSchedule(Recipe recipe, PluginCatalog catalog)
    {
        var current = recipe;
        var timeline = new TrainingTimeline(recipe.Training);
        PhaseEnds.Of(recipe.Data.Phases, timeline);
        foreach (var change in recipe.Schedule.OrderBy(c => timeline.FirstStep(c.Step)))
        {
            foreach (var (path, value) in change.Set)
                Located($"schedule, step {change.Step}", () => current = RecipeChange.Apply(current, path, value, catalog));
            Located($"schedule, step {change.Step}", () => CheckPlugins(current, catalog));
        }
    }

    private static void CheckPlugins(Recipe recipe, PluginCatalog catalog)
    {
        Check(catalog, PluginKind.Router, recipe.Router, "router");
        Check(catalog, PluginKind.Balancer, recipe.Balancer, "balancer");
        Check(catalog, PluginKind.ExpertKernel, recipe.Kernel, "kernel");
        foreach (var (name, options) in recipe.Losses)
            Check(catalog, PluginKind.AuxiliaryLoss, new PluginChoice(name, options), $"losses.{name}");
        CheckRouter(recipe, catalog);
        foreach (var (role, name) in recipe.Optimizer.Groups)
            Located($"optimizer.groups.{role}", () => catalog.Find(PluginKind.Optimizer, name));
        foreach (var choice in recipe.Optimizer.Choices)
            Check(catalog, PluginKind.Optimizer, choice, $"optimizer.{choice.Name}");
        foreach (var (name, options) in recipe.Optimizer.Options)
            Check(catalog, PluginKind.Optimizer, new PluginChoice(name, options), $"optimizer.{name}");
    }

    // What balancer and losses need of a router, and the router has not.
    private static void CheckRouter(Recipe recipe, PluginCatalog catalog)
    {
        var router = catalog.Create<IRouter>(recipe.Router, "router");
        if ((router.SelectionKind == ScoreKind.None || !router.ChoosesAmongAll)
            && catalog.Create<IBalancer>(recipe.Balancer, "balancer").Needs.HasFlag(RoutingStatsKinds.ScoreHistogram))
            throw new RecipeException($"balancer: '{recipe.Balancer.Name}' needs to know how far each expert stands from a token's K largest scores, and the router '{recipe.Router.Name}' does not choose by those alone; expected another balancer, or a router such as 'sigmoid-top-k'");
        foreach (var (name, options) in recipe.Losses)
        {
            if (catalog.Create<IAuxiliaryLoss>(new PluginChoice(name, options),
                $"losses.{name}").RouterMatrices.FirstOrDefault(m => !router.ExtraMatrices.Contains(m)) is { } missing)
                throw new RecipeException($"losses.{name}: needs a router with trainable '{missing}', which '{recipe.Router.Name}' has not; expected {(missing == "noise" ? "router: noisy-top-k" : "another router")}");
        }
    }

    /// <exception cref="RecipeException">No such plugin, an unknown option or a value that does not fit.</exception>
    internal static void Check(PluginCatalog catalog, PluginKind kind, PluginChoice choice, string path)
    {
        if (IsAuto(kind, choice.Name))
        {
            if (choice.Options.Count > 0)
                throw PluginRules.NoOptions(choice, path);
            return;
        }
        PluginInfo? info = null;
        Located(path, () => info = catalog.Find(kind, choice.Name));
        PluginRules.Bind(info!, choice, path);
    }

    /// <summary>Whether a name asks for the fastest kernel, which is no plugin.</summary>
    internal static bool IsAuto(PluginKind kind, string name) => kind == PluginKind.ExpertKernel && name == "auto";

    internal static void Located(string where, Action check)
    {
        try
        {
            check();
        }
        catch (RecipeException e)
        {
            throw new RecipeException($"{where}: {e.Message}", e);
        }
    }
}
