using MoELab.Data.Tokenization;
using MoELab.Optimization;
using MoELab.Plugins;
using MoELab.Recipes.Costs;

namespace MoELab.Training.Metrics;

/// <summary>What a recipe costs with the plugins that it names.</summary>
internal static class PluginCosts
{
    /// <summary>The cost of a recipe before any data are prepared: with the vocabulary that the tokenizer's name gives.</summary>
    public static RecipeCost Cost(this PluginCatalog catalog, Recipe recipe) => catalog.Cost(recipe, NominalVocabulary.Of(recipe.Data.Tokenizer));

    /// <summary>The cost of a recipe; an optimizer's step counts Newton–Schulz if its class is an <see cref="IOptimizerTimings"/>.</summary>
    public static RecipeCost Cost(this PluginCatalog catalog, Recipe recipe, int vocabulary) => RecipeCost.Of(recipe, vocabulary,
        orthogonalises: name => catalog.Version(PluginKind.Optimizer, name)?.Type.IsAssignableTo(typeof(IOptimizerTimings)) == true);
}
