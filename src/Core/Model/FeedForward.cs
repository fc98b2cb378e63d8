namespace MoELab.Model;

// T tokens, D model width, F inner width, G = 2F.

/// <summary>A SwiGLU FFN: <c>down(silu(gate(x)) * up(x))</c>, gate and up fused in one weight.</summary>
internal sealed class FeedForward
{
    private readonly Parameter _w13_GD, _w2_DF;
    private readonly DenseProducts _products;

    public FeedForward(ParameterStore store, string name, long width, long inner, DenseProducts products)
    {
        _w13_GD = store.Matrix($"{name}.w13", ParameterRole.Hidden, 2, 2 * inner, width);
        _w2_DF = store.Matrix($"{name}.w2", ParameterRole.Hidden, 1, width, inner);
        _products = products;
    }

    public Tensor Forward(Tensor x_TD, ComputePrecision precision)
    {
        using var scope = torch.NewDisposeScope();
        return _products.SwiGlu(x_TD, precision.Weight(_w13_GD), precision.Weight(_w2_DF)).MoveToOuterDisposeScope();
    }
}
