using MoELab.Model.Fused;
using MoELab.Model.Operations;

namespace MoELab.Model;

// T tokens, D model width, H heads, C head width, A = H*C, P columns of the joint projection.

/// <summary>Grouped-query attention with QK-norm, RoPE and a sigmoid gate (Trinity report, section 2.1, equations 1 to 14).</summary>
internal sealed class Attention
{
    private readonly AttentionShape _shape;
    private readonly Parameter _q_AD, _k_AD, _v_AD, _o_DA;
    private readonly Parameter? _gate_AD, _qNorm_C, _kNorm_C;
    private readonly DenseProducts _products;

    public Attention(ParameterStore store, string name, ModelRecipe recipe, int layer, DenseProducts products)
    {
        var global = recipe.IsGlobal(layer);
        _products = products;
        _shape = new AttentionShape(recipe.Heads, recipe.KvHeads, recipe.HeadDim, recipe.GatedAttention, !global || recipe.RopeInGlobal,
            recipe.RmsEps, global ? null : recipe.Window);
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
        Parameter[] weights = _gate_AD is null ? [_q_AD, _k_AD, _v_AD] : [_q_AD, _k_AD, _v_AD, _gate_AD];
        var p_TP = _products.Linear(x_TD, [.. weights.Select(precision.Weight)]);
        var o_TA = FusedOps.Attention(p_TP, _qNorm_C?.Value, _kNorm_C?.Value, layout, _shape);
        return _products.Linear(o_TA, precision.Weight(_o_DA)).MoveToOuterDisposeScope();
    }
}
