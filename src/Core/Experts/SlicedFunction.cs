namespace MoELab.Experts;

/// <summary>The sliced kernel as a differentiable function of tokens, weights and gates.</summary>
internal sealed class SlicedFunction : torch.autograd.SingleTensorFunction<SlicedFunction>
{
    public override string Name => nameof(SlicedFunction);

    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_TD = (Tensor)vars[0], w13_EGD = (Tensor)vars[1], w2_EDF = (Tensor)vars[2], gates_N = (Tensor)vars[3];
        var work = (SlicedWork)vars[4];
        var pre_NG = torch.empty([work.Rows, 2L * work.Width], dtype: torch.ScalarType.Float32);
        var y_TD = work.Forward(x_TD.contiguous(), w13_EGD.contiguous(), w2_EDF.contiguous(), gates_N.contiguous(), pre_NG);
        // What is saved is taken over after this function returns, so that it outlives this scope.
        pre_NG.MoveToOuterDisposeScope();
        ctx.save_for_backward([x_TD, w13_EGD, w2_EDF, gates_N, pre_NG]);
        ctx.save_data("work", work);
        ctx.save_data("wanted", (bool[])[x_TD.requires_grad, w13_EGD.requires_grad, w2_EDF.requires_grad, gates_N.requires_grad]);
        return y_TD.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var work = (SlicedWork)ctx.get_data("work");
        var wanted = (bool[])ctx.get_data("wanted");
        var gradients = work.Backward(grad_output.contiguous(), saved[0].contiguous(), saved[1].contiguous(), saved[2].contiguous(), saved[3].contiguous(), saved[4], wanted);
        return [.. gradients.Select(g => g?.MoveToOuterDisposeScope()!), null!];
    }
}
