// Shapes: R rows, K summed dimension, M outputs.

namespace MoELab.Experts.Mxfp8;

/// <summary>
/// x w^T with both sides rounded to MXFP8 along the dimension that is summed, as low-precision training computes it; so are the two products of
/// the backward pass, each along its own sum. Sums are in float32.
/// </summary>
internal sealed class Mxfp8Product : GuardedFunction<Mxfp8Product>
{
    public override string Name => nameof(Mxfp8Product);

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_RK = (Tensor)vars[0], w_MK = (Tensor)vars[1];
        ctx.save_for_backward([x_RK, w_MK]);
        return torch.mm(Mxfp8Blocks.Round(x_RK), Mxfp8Blocks.Round(w_MK).t()).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        Tensor x_RK = saved[0], w_MK = saved[1];
        var dX_RK = torch.mm(Mxfp8Blocks.Round(grad_output), Mxfp8Blocks.Round(w_MK.t()).t());
        var dW_MK = torch.mm(Mxfp8Blocks.Round(grad_output.t()), Mxfp8Blocks.Round(x_RK.t()).t());
        return [dX_RK.MoveToOuterDisposeScope(), dW_MK.MoveToOuterDisposeScope()];
    }
}
