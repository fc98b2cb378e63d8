using MoELab.Interop.Torch;
using MoELab.Model.Operations;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S tokens, H query heads, C head width, A = H*C, P columns of the joint projection.

/// <summary>
/// Attention as a differentiable function of the joint projection of queries, keys, values and gate, and of the gains of QK-norm. Saved
/// are the projection, the output before the gate and the logs of the softmax's sums; backward recomputes the rest.
/// </summary>
internal sealed class AttentionFunction : GuardedFunction<AttentionFunction>
{
    public override string Name => nameof(AttentionFunction);

    /// <returns>[T, A].</returns>
    internal static Tensor Run(Tensor p_TP, Tensor? qGain_C, Tensor? kGain_C, SequenceLayout layout, AttentionShape shape)
    {
        var flat_TP = p_TP.contiguous();
        var work = new AttentionWork(layout, shape);
        if (torch.is_grad_enabled() && (p_TP.requires_grad || qGain_C?.requires_grad == true || kGain_C?.requires_grad == true))
            return qGain_C is null ? apply(flat_TP, work) : apply(flat_TP, work, qGain_C, kGain_C!);
        return AttentionForward.Run(work, flat_TP, qGain_C, kGain_C, keep: false).Y_TA;
    }

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        var (p_TP, work) = ((Tensor)vars[0], (AttentionWork)vars[1]);
        Tensor[] gains = vars.Length > 2 ? [(Tensor)vars[2], (Tensor)vars[3]] : [];
        var (y_TA, o_TA, logSum_BHS) = AttentionForward.Run(work, p_TP, gains.ElementAtOrDefault(0), gains.ElementAtOrDefault(1), keep: true);
        DisposeScopes.MoveOut(y_TA, o_TA, logSum_BHS);
        ctx.save_for_backward([p_TP, o_TA!, logSum_BHS!, .. gains]);
        ctx.save_data("work", work);
        return y_TA;
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var gains = saved.Count > 3;
        var (dP_TP, dQGain_C, dKGain_C) = AttentionBackward.Run((AttentionWork)ctx.get_data("work"), grad_output.contiguous(),
            saved[0], saved[1], saved[2], gains ? saved[3] : null, gains ? saved[4] : null);
        dP_TP.MoveToOuterDisposeScope();
        return gains ? [dP_TP, null!, dQGain_C!.MoveToOuterDisposeScope(), dKGain_C!.MoveToOuterDisposeScope()] : [dP_TP, null!];
    }
}
