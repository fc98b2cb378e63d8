using MoELab.Model.Fused;
using MoELab.Optimization;
using MoELab.Recipes;

namespace MoELab.Model;

// T tokens (B sequences of S), D model width, H heads, C head width, A = H*C.

/// <summary>Grouped-query attention with QK-norm, RoPE and a sigmoid gate (Trinity report, section 2.1, equations 1 to 14).</summary>
internal sealed class Attention
{
    private readonly ModelRecipe _recipe;
    private readonly bool _global;
    private readonly Parameter _q_AD;
    private readonly Parameter _k_AD;
    private readonly Parameter _v_AD;
    private readonly Parameter _o_DA;
    private readonly Parameter? _gate_AD;
    private readonly Parameter? _qNorm_C;
    private readonly Parameter? _kNorm_C;
    private readonly DenseProducts _products;

    public Attention(ParameterStore store, string name, ModelRecipe recipe, int layer, DenseProducts products)
    {
        (_recipe, _global, _products) = (recipe, recipe.IsGlobal(layer), products);
        var (wide, narrow) = ((long)recipe.Heads * recipe.HeadDim, (long)recipe.KvHeads * recipe.HeadDim);
        _q_AD = store.Matrix($"{name}.q_proj.weight", ParameterRole.Hidden, 1, wide, recipe.DModel);
        _k_AD = store.Matrix($"{name}.k_proj.weight", ParameterRole.Hidden, 1, narrow, recipe.DModel);
        _v_AD = store.Matrix($"{name}.v_proj.weight", ParameterRole.Hidden, 1, narrow, recipe.DModel);
        _o_DA = store.Matrix($"{name}.o_proj.weight", ParameterRole.Hidden, 1, recipe.DModel, wide);
        _gate_AD = recipe.GatedAttention ? store.Matrix($"{name}.gate_proj.weight", ParameterRole.Hidden, 1, wide, recipe.DModel) : null;
        _qNorm_C = recipe.QkNorm ? store.Gain($"{name}.q_norm.weight", recipe.HeadDim, 1) : null;
        _kNorm_C = recipe.QkNorm ? store.Gain($"{name}.k_norm.weight", recipe.HeadDim, 1) : null;
    }

    public Tensor Forward(Tensor x_TD, SequenceLayout layout, ComputePrecision precision)
    {
        using var scope = torch.NewDisposeScope();
        var (copies, rotated) = (_recipe.Heads / _recipe.KvHeads, !_global || _recipe.RopeInGlobal);
        // The blocked attention reads a key head as often as query heads share it; torch's wants copies.
        var repeated = layout.First_BS is null ? copies : 1;
        var q_BHSC = Heads(x_TD, _q_AD, _qNorm_C, layout, precision, new HeadShape(_recipe.Heads, _recipe.HeadDim, 1, rotated, _recipe.RmsEps));
        var k_BHSC = Heads(x_TD, _k_AD, _kNorm_C, layout, precision, new HeadShape(_recipe.KvHeads, _recipe.HeadDim, repeated, rotated, _recipe.RmsEps));
        var v_BHSC = Heads(x_TD, _v_AD, null, layout, precision, new HeadShape(_recipe.KvHeads, _recipe.HeadDim, repeated, false, 0));
        var o_TA = FusedOps.Attention(q_BHSC, k_BHSC, v_BHSC, layout, _global ? null : _recipe.Window);
        if (_gate_AD is not null)
            o_TA = FusedOps.Gate(o_TA, _products.Linear(x_TD, precision.Weight(_gate_AD)));
        return _products.Linear(o_TA, precision.Weight(_o_DA)).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor x_TD, Parameter weight, Parameter? norm, SequenceLayout layout, ComputePrecision precision, HeadShape shape) =>
        FusedOps.Heads(_products.Linear(x_TD, precision.Weight(weight)), norm?.Value, layout, shape);
}
