using MoELab.Recipes.Costs;

namespace MoELab.Training.Metrics;

/// <summary>
/// Utilisation as MoELab defines it everywhere: 6 x the matrix parameters that tokens used, experts by the choices that were really made,
/// and causal, windowed attention products, over the time of forward and backward and the cores' float32 matrix product rate. Newton-Schulz and
/// recomputation are not in it.
/// </summary>
internal sealed class Utilisation(Recipe recipe, int vocabulary, int extraRouterMatrices = 0)
{
    private readonly double _flopsPerToken = RecipeCost.Of(recipe, vocabulary, extraRouterMatrices).FlopsPerToken;

    /// <summary>FLOPs of training tokens. Choices are counted over all MoE layers, without those of null experts.</summary>
    public double Flops(long tokens, long choices)
    {
        var layers = (double)recipe.Model.MoELayers;
        // The recipe's cost counts so many experts per token; the step's tokens may have used more or fewer.
        var more = choices - (tokens * layers * recipe.Model.MeanExperts);
        return (tokens * _flopsPerToken) + (more * 6 * 3 * recipe.Model.ExpertWidth * recipe.Model.ExpertFfn);
    }

    public double Of(long tokens, long choices, double seconds, double flopsPerSecond) => Flops(tokens, choices) / seconds / flopsPerSecond;
}
