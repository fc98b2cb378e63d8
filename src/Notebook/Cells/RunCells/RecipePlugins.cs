using MoELab.Recipes;

namespace MoELab.Cells.RunCells;

/// <summary>The plugins that a recipe names at its single slots.</summary>
internal static class RecipePlugins
{
    /// <summary>The plugin at <c>router</c>, <c>balancer</c> or <c>kernel</c>; null elsewhere.</summary>
    public static string? Find(this Recipe recipe, string node) => node switch
    {
        "router" => recipe.Router.Name,
        "balancer" => recipe.Balancer.Name,
        "kernel" => recipe.Kernel.Name,
        _ => null,
    };
}
