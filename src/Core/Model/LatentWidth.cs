using MoELab.Model.Fused;

namespace MoELab.Model;

// T tokens, D model width, C latent width.

/// <summary>
/// The way into the latent of routed experts and out of it (LatentMoE, arXiv 2601.18089): <c>up(experts(norm(down(x))))</c>, with or without the norm.
/// Both matrices are linear, so the weighted sum over experts is taken inside the latent.
/// </summary>
internal sealed class LatentWidth
{
    private readonly Parameter _down_CD, _up_DC;
    private readonly Parameter? _norm_C;
    private readonly DenseProducts _products;
    private readonly double _eps;

    public LatentWidth(ParameterStore store, string name, ModelRecipe recipe, DenseProducts products)
    {
        (_products, _eps) = (products, recipe.RmsEps);
        _down_CD = store.Matrix($"{name}.down.weight", ParameterRole.Hidden, 1, recipe.Latent, recipe.DModel);
        _norm_C = recipe.LatentNorm ? store.Gain($"{name}.norm.weight", recipe.Latent, 1) : null;
        _up_DC = store.Matrix($"{name}.up.weight", ParameterRole.Hidden, 1, recipe.DModel, recipe.Latent);
    }

    /// <summary>[T, C]: what the experts get. The caller's scope holds what is made.</summary>
    public Tensor Down(Tensor x_TD, ComputePrecision precision)
    {
        var latent_TC = _products.Linear(x_TD, precision.Weight(_down_CD));
        return _norm_C is null ? latent_TC : FusedOps.RmsNorm(latent_TC, _norm_C.Value, _eps);
    }

    /// <summary>[T, D]: the experts' sum at the width of the model.</summary>
    public Tensor Up(Tensor y_TC, ComputePrecision precision) => _products.Linear(y_TC, precision.Weight(_up_DC));
}
