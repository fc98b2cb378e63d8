using MoELab.Interop;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S tokens, H query heads, K key-value heads, C head width, A = H*C.

/// <summary>Causal, windowed attention inside documents as a differentiable function of queries, keys and values.</summary>
internal sealed class AttentionFunction : GuardedFunction<AttentionFunction>
{
    public override string Name => nameof(AttentionFunction);

    /// <returns>[T, A].</returns>
    internal static Tensor Run(Tensor q_BHSC, Tensor k_BKSC, Tensor v_BKSC, AttentionWork work)
    {
        (q_BHSC, k_BKSC, v_BKSC) = (q_BHSC.contiguous(), k_BKSC.contiguous(), v_BKSC.contiguous());
        if (torch.is_grad_enabled() && (q_BHSC.requires_grad || k_BKSC.requires_grad || v_BKSC.requires_grad))
            return apply(q_BHSC, k_BKSC, v_BKSC, work);
        return work.Forward(q_BHSC, k_BKSC, v_BKSC).O_TA;
    }

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        var work = (AttentionWork)vars[3];
        var (q_BHSC, k_BKSC, v_BKSC) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var (o_TA, logSum_BHS) = work.Forward(q_BHSC, k_BKSC, v_BKSC);
        o_TA.MoveToOuterDisposeScope();
        logSum_BHS.MoveToOuterDisposeScope();
        ctx.save_for_backward([q_BHSC, k_BKSC, v_BKSC, o_TA, logSum_BHS]);
        ctx.save_data("work", work);
        return o_TA;
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var work = (AttentionWork)ctx.get_data("work");
        var (dQ, dK, dV) = work.Backward(grad_output.contiguous(), saved[0], saved[1], saved[2], saved[3], saved[4]);
        return [dQ.MoveToOuterDisposeScope(), dK.MoveToOuterDisposeScope(), dV.MoveToOuterDisposeScope(), null!];
    }
}
