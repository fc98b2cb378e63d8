using MoELab.Experts;
using MoELab.Interop.Torch;
using MoELab.Model.Fused;

namespace MoELab.Model;

// T tokens, D model width.

/// <summary>One layer: attention, then a dense or an MoE FFN, each <c>y = x + norm2(M(norm1(x)))</c> (Trinity report, section 2.3).</summary>
internal sealed class Block
{
    private readonly ModelRecipe _recipe;
    private readonly Attention _attention;
    private readonly FeedForward? _dense;
    private readonly MoELayer? _moe;
    private readonly Parameter _norm1_D, _norm3_D;
    private readonly Parameter? _norm2_D, _norm4_D;

    public Block(ParameterStore store, ModelRecipe recipe, int layer, IRouter router, IExpertKernel kernel, ITokenDispatcher dispatcher)
    {
        _recipe = recipe;
        var before = store.All.Count;
        var name = $"model.layers.{layer}";
        var second = recipe.DepthScaledNorm ? 1 / Math.Sqrt(recipe.Layers) : 1;
        _norm1_D = store.Gain($"{name}.input_layernorm.weight", recipe.DModel, 1);
        _attention = new Attention(store, $"{name}.self_attn", recipe, layer, new DenseProducts(kernel));
        _norm2_D = recipe.SandwichNorm ? store.Gain($"{name}.post_attention_layernorm.weight", recipe.DModel, second) : null;
        _norm3_D = store.Gain($"{name}.pre_mlp_layernorm.weight", recipe.DModel, 1);
        if (layer < recipe.DenseLayers)
            _dense = new FeedForward(store, $"{name}.mlp", recipe.DModel, recipe.Ffn, new DenseProducts(kernel));
        else
            _moe = new MoELayer(store, $"{name}.mlp", recipe, layer - recipe.DenseLayers, router, kernel, dispatcher);
        _norm4_D = recipe.SandwichNorm ? store.Gain($"{name}.post_mlp_layernorm.weight", recipe.DModel, second) : null;
        Parameters = [.. store.All.Skip(before)];
    }

    /// <summary>The block's own parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    public LayerOutput Forward(Tensor x_TD, LayerCall call, ComputePrecision precision)
    {
        using var scope = torch.NewDisposeScope();
        var context = call.Context;
        var mixed_TD = _attention.Forward(context.Begin(ModelPart.Attention, Norm(x_TD, _norm1_D)), call.Layout, precision);
        x_TD = Add(x_TD, context.Begin(ModelPart.Between, mixed_TD), _norm2_D);
        var h_TD = Norm(x_TD, _norm3_D);
        if (_moe is null)
        {
            var dense_TD = _dense!.Forward(context.Begin(ModelPart.Dense, h_TD), precision);
            return new LayerOutput(Add(x_TD, context.Begin(ModelPart.Between, dense_TD), _norm4_D).MoveToOuterDisposeScope(), [], null, null, null);
        }

        var output = _moe.Forward(context.Begin(ModelPart.Router, h_TD), call, precision);
        DisposeScopes.MoveOut([.. output.RouterLosses, output.Penalty, output.StepCounts_E]);
        if (call.Replay is null)
            DisposeScopes.MoveOut(output.Choice!.Token_N, output.Choice.Expert_N);
        return output with { X_TD = Add(x_TD, context.Begin(ModelPart.Between, output.X_TD), _norm4_D).MoveToOuterDisposeScope() };
    }

    private Tensor Norm(Tensor x_TD, Parameter gain) => FusedOps.RmsNorm(x_TD, gain.Value, _recipe.RmsEps);

    private Tensor Add(Tensor x_TD, Tensor branch_TD, Parameter? gain) =>
        gain is null ? x_TD.add(branch_TD, Scalars.One) : FusedOps.AddRmsNorm(x_TD, branch_TD, gain.Value, _recipe.RmsEps);
}
