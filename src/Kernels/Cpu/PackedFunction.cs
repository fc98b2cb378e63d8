using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>The packed kernel as a differentiable function of tokens, weights and gates.</summary>
internal sealed class PackedFunction : GuardedFunction<PackedFunction>
{
    public override string Name => nameof(PackedFunction);

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_TD = (Tensor)vars[0], w13_EGD = (Tensor)vars[1], w2_EDF = (Tensor)vars[2], gates_N = (Tensor)vars[3];
        var (plan, recompute) = ((WorkPlan)vars[4], (bool)vars[5]);
        var saved = recompute ? null : torch.empty([plan.SavedRows, 2L * plan.PaddedF], dtype: torch.ScalarType.Float32);
        var y_TD = ForwardPass.Run(plan, x_TD.contiguous(), w13_EGD.contiguous(), w2_EDF.contiguous(), gates_N.contiguous(), saved);
        // Saved tensors are taken over after this function returns, so they must outlive this scope.
        saved?.MoveToOuterDisposeScope();
        ctx.save_for_backward(saved is null ? [x_TD, w13_EGD, w2_EDF, gates_N] : [x_TD, w13_EGD, w2_EDF, gates_N, saved]);
        ctx.save_data("plan", plan);
        ctx.save_data("wanted", (bool[])[x_TD.requires_grad, w13_EGD.requires_grad, w2_EDF.requires_grad, gates_N.requires_grad]);
        return y_TD.MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var inputs = new BackwardPass.Inputs(saved[0].contiguous(), saved[1].contiguous(), saved[2].contiguous(), saved[3].contiguous());
        var gradients = BackwardPass.Run((WorkPlan)ctx.get_data("plan"), grad_output.contiguous(), inputs,
            saved.Count > 4 ? saved[4] : null, (bool[])ctx.get_data("wanted"));
        return [.. gradients.Select(g => g?.MoveToOuterDisposeScope()!), null!, null!];
    }
}
