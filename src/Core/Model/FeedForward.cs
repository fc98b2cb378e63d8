using MoELab.Experts;
using MoELab.Model.Fused;
using MoELab.Optimization;

namespace MoELab.Model;

// T tokens, D model width, F inner width, G = 2F.

/// <summary>A SwiGLU FFN: <c>down(silu(gate(x)) * up(x))</c>, gate and up fused in one weight.</summary>
internal sealed class FeedForward
{
    private readonly Parameter _w13_GD;
    private readonly Parameter _w2_DF;
    private readonly IExpertKernel? _kernel;

    /// <param name="store">Holds the weights.</param>
    /// <param name="name">Their prefix.</param>
    /// <param name="width">D.</param>
    /// <param name="inner">F.</param>
    /// <param name="kernel">Of the routed experts; computes this layer too where it is one for dense layers.</param>
    public FeedForward(ParameterStore store, string name, long width, long inner, IExpertKernel kernel)
    {
        _w13_GD = store.Matrix($"{name}.w13", ParameterRole.Hidden, 2, 2 * inner, width);
        _w2_DF = store.Matrix($"{name}.w2", ParameterRole.Hidden, 1, width, inner);
        _kernel = kernel.TakesDense ? kernel : null;
    }

    public Tensor Forward(Tensor x_TD, ComputePrecision precision)
    {
        using var scope = torch.NewDisposeScope();
        Tensor w13_GD = precision.Weight(_w13_GD), w2_DF = precision.Weight(_w2_DF);
        if (_kernel is not null)
        {
            using var plan = DispatchPlan.Everything((int)x_TD.shape[0]);
            var gates_N = torch.ones([x_TD.shape[0]], dtype: torch.ScalarType.Float32);
            return _kernel.Run(x_TD, new ExpertWeights(w13_GD.unsqueeze(0), w2_DF.unsqueeze(0)), gates_N, plan).MoveToOuterDisposeScope();
        }
        return torch.nn.functional.linear(FusedOps.SwiGlu(torch.nn.functional.linear(x_TD, w13_GD)), w2_DF).MoveToOuterDisposeScope();
    }
}
