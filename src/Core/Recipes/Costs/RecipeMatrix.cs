namespace MoELab.Recipes.Costs;

/// <summary>The matrices of one kind in a model: what they hold, how many a token uses, what orthogonalising them costs.</summary>
/// <param name="Name">What it is, such as <c>experts.gate</c>.</param>
/// <param name="Role">The optimizer's role: <c>hidden</c>, <c>experts</c>, <c>router</c>, <c>embedding</c>, <c>head</c>.</param>
/// <param name="FanOut">Rows.</param>
/// <param name="FanIn">Columns.</param>
/// <param name="Count">Matrices of this kind in the model.</param>
/// <param name="Active">How many of them a token uses; in balance, where that differs from token to token.</param>
public sealed record RecipeMatrix(string Name, string Role, long FanOut, long FanIn, long Count, double Active)
{
    /// <summary>Parameters in all.</summary>
    public long Parameters => FanOut * FanIn * Count;

    /// <summary>Parameters that a token uses.</summary>
    public long ActiveParameters => (long)Math.Round(FanOut * FanIn * Active);

    /// <summary>Five Newton-Schulz iterations over all of them, once per optimizer step: 20 n²m + 10 n³ each, n the smaller side.</summary>
    public double NewtonSchulzFlops
    {
        get
        {
            double n = Math.Min(FanOut, FanIn), m = Math.Max(FanOut, FanIn);
            return Count * (20 * n * n * m + 10 * n * n * n);
        }
    }
}
