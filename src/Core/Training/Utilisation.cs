using MoELab.Recipes;

namespace MoELab.Training;

/// <summary>
/// Utilisation as MoELab defines it everywhere: (6 x active matrix parameters per token + causal, windowed attention products) over the
/// time of forward and backward and the cores' float32 matrix product rate. Newton-Schulz and recomputation are not in it.
/// </summary>
internal sealed class Utilisation(Recipe recipe, int vocabulary)
{
    private readonly double _flopsPerToken = RecipeCost.Of(recipe, vocabulary).FlopsPerToken;

    public double Of(long tokens, double seconds, double flopsPerSecond) => tokens * _flopsPerToken / seconds / flopsPerSecond;
}
