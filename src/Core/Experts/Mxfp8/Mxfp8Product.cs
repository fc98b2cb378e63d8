// Shapes: R rows, K summed dimension, M outputs.

using MoELab.Interop.Torch;

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
        var scale = (Mxfp8Scale)vars[2];
        ctx.save_for_backward([x_RK, w_MK]);
        ctx.save_data("scale", vars[2]);
        ctx.save_data("wanted", (bool[])[x_RK.requires_grad, w_MK.requires_grad]);
        return torch.mm(Mxfp8Blocks.Round(x_RK, scale), Mxfp8Blocks.Round(w_MK, scale).t()).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var (saved, wanted) = (ctx.get_saved_variables(), (bool[])ctx.get_data("wanted"));
        var scale = (Mxfp8Scale)ctx.get_data("scale");
        Tensor x_RK = saved[0], w_MK = saved[1];
        var dX_RK = !wanted[0] ? null : torch.mm(Mxfp8Blocks.Round(grad_output, scale), Mxfp8Blocks.Round(w_MK.t(), scale).t());
        var dW_MK = !wanted[1] ? null : torch.mm(Mxfp8Blocks.Round(grad_output.t(), scale), Mxfp8Blocks.Round(x_RK.t(), scale).t());
        return [dX_RK?.MoveToOuterDisposeScope()!, dW_MK?.MoveToOuterDisposeScope()!, null!];
    }
}
