using MoELab.Recipes.Lengths;

namespace MoELab.Plugins;

/// <summary>
/// A recipe with the plugins that it names, created from its options, so that what was checked is what runs. The expert kernel's options are
/// checked too, but the kernel depends on the device and is created later.
/// </summary>
internal sealed class BoundRecipe
{
    private BoundRecipe(Recipe recipe, PluginCatalog catalog)
    {
        Recipe = recipe.InFull(catalog);
        Router = catalog.Create<IRouter>(recipe.Router, PluginSlot.Router.Key);
        Balancer = catalog.Create<IBalancer>(recipe.Balancer, PluginSlot.Balancer.Key);
        RecipeValidator.Check(catalog, PluginSlot.Kernel, recipe.Kernel);
        Losses = [.. PluginSlot.Losses.Of(recipe).OrderBy(l => l.Name, StringComparer.Ordinal)
            .Select(l => (l.Name, catalog.Create<IAuxiliaryLoss>(l, PluginSlot.Losses.PathOf(l.Name))))];
        RequireSuitableRouter();
        RecipeValidator.CheckRoles(recipe.Optimizer, catalog);
        Optimizers = [.. PluginSlot.Optimizer.Of(recipe).Select(c => (c.Name, catalog.Create<IOptimizer>(c, PluginSlot.Optimizer.PathOf(c.Name))))];
    }

    /// <summary>The recipe with every option of its plugins: the effective one.</summary>
    public Recipe Recipe { get; }

    public IRouter Router { get; }
    public IBalancer Balancer { get; }
    public IReadOnlyList<(string Name, IAuxiliaryLoss Loss)> Losses { get; }

    /// <summary>Optimizers by name, including those without parameters.</summary>
    public IReadOnlyList<(string Name, IOptimizer Optimizer)> Optimizers { get; }

    /// <summary>Checks a complete recipe (plugins, options, alerts, and the schedule at each of its changes) and creates its plugins.</summary>
    /// <exception cref="InputException">The first unknown plugin or option, value out of range, or rule that cannot be read.</exception>
    public static BoundRecipe Of(Recipe recipe, PluginCatalog catalog)
    {
        var bound = new BoundRecipe(recipe, catalog);
        RecipeValidator.CheckAlerts(recipe);
        CheckSchedule(recipe, catalog);
        return bound;
    }

    /// <summary>Checks the ends of phases and every scheduled change, each on the recipe as the earlier ones changed it.</summary>
    /// <exception cref="InputException">The first invalid change.</exception>
    internal static void CheckSchedule(Recipe recipe, PluginCatalog catalog)
    {
        PhaseEnds.Of(recipe.Data.Phases, new TrainingTimeline(recipe.Training));
        foreach (var (place, changed) in RecipeChange.Scheduled(recipe, catalog))
            RecipeValidator.Located(place, () => _ = new BoundRecipe(changed, catalog));
    }

    // Rejects a balancer or loss that needs something that the router does not have.
    private void RequireSuitableRouter()
    {
        var choosesLargest = Router.SelectionKind != ScoreKind.None && Router.ChoosesAmongAll;
        if (!choosesLargest && Recipe.Model.NullExperts > 0)
            throw new InputException($"model.null_experts: needs a router that chooses a token's K largest of all experts, which '{Recipe.Router.Name}' "
                + "does not; expected 0, or a router such as 'sigmoid-top-k'");
        if (!choosesLargest && (Balancer.Needs & (RoutingStatsKinds.ScoreHistogram | RoutingStatsKinds.Margins)) != 0)
            throw new InputException($"balancer: '{Recipe.Balancer.Name}' needs to know how far each expert is from a token's K largest scores, "
                + $"but the router '{Recipe.Router.Name}' does not choose by these alone; "
                + "expected another balancer, or a router such as 'sigmoid-top-k'");
        foreach (var (name, loss) in Losses)
        {
            if (loss.RouterMatrices.FirstOrDefault(m => !Router.ExtraMatrices.Contains(m)) is { } missing)
                throw new InputException($"losses.{name}: needs a router with trainable '{missing}', which '{Recipe.Router.Name}' does not have; "
                    + $"expected {(missing == "noise" ? "router: noisy-top-k" : "another router")}");
        }
    }
}
