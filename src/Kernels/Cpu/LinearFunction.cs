using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>The product of all rows with one weight, as a differentiable function of both.</summary>
internal sealed class LinearFunction : GuardedFunction<LinearFunction>
{
    public override string Name => nameof(LinearFunction);

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_TD = (Tensor)vars[0], w_AD = (Tensor)vars[1];
        ctx.save_for_backward([x_TD, w_AD]);
        ctx.save_data("wanted", (bool[])[x_TD.requires_grad, w_AD.requires_grad]);
        return LinearPass.Forward(x_TD.contiguous(), w_AD.contiguous()).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var (saved, wanted) = (ctx.get_saved_variables(), (bool[])ctx.get_data("wanted"));
        var (dX_TD, dW_AD) = LinearPass.Backward(grad_output.contiguous(), saved[0].contiguous(), saved[1].contiguous(), wanted[0], wanted[1]);
        return [dX_TD?.MoveToOuterDisposeScope()!, dW_AD?.MoveToOuterDisposeScope()!];
    }
}
