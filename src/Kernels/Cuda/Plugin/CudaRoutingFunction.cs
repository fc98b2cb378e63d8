// Shapes: T tokens, E experts, N choices.
using MoELab.Interop.Torch;
using MoELab.Kernels.Cuda.Host.Layers;
using static MoELab.Kernels.Cuda.CudaMemory;

namespace MoELab.Kernels.Cuda;

/// <summary>Scores [T, E] and gates [N] as a differentiable function of the logits; writes the choice as a side effect.</summary>
internal sealed class CudaRoutingFunction : GuardedFunctions<CudaRoutingFunction>
{
    public override string Name => nameof(CudaRoutingFunction);

    protected override List<Tensor> Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        var call = (RoutingCall)vars[1];
        Tensor logits_TE = ((Tensor)vars[0]).contiguous(), bias_E = call.Bias_E.contiguous();
        var (scores_TE, gates_N) =
            (torch.empty_like(logits_TE),
                torch.empty([(long)call.Sizes.T * call.Sizes.K], dtype: torch.ScalarType.Float32, device: logits_TE.device));
        call.Layer().Route(call.Rule, At(logits_TE), At(bias_E), At(call.Choice.Expert_N), At(call.Choice.Token_N), At(gates_N),
            At(call.Choice.Counts_E), At(scores_TE), call.First);
        DisposeScopes.MoveOut(scores_TE, gates_N);
        ctx.save_for_backward([scores_TE, call.Choice.Expert_N]);
        ctx.save_data("call", call);
        ctx.set_materialize_grads(false);
        return [scores_TE, gates_N];
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = torch.NewDisposeScope();
        var (call, saved) = ((RoutingCall)ctx.get_data("call"), ctx.get_saved_variables());
        Tensor? dScores_TE = Given(grad_outputs[0]), dGates_N = Given(grad_outputs[1]);
        var dLogits_TE = torch.empty_like(saved[0]);
        call.Layer().Gradient(call.Rule, At(saved[0]), At(saved[1]), At(dScores_TE), At(dGates_N), At(dLogits_TE));
        return [dLogits_TE.MoveToOuterDisposeScope(), null!];
    }

    private static Tensor? Given(Tensor gradient) => gradient is { IsInvalid: false } ? gradient.contiguous() : null;
}

/// <summary>
/// State, other than tensors of the graph, that forward and backward of routing share. Forward writes the choice unless it is replayed, and reports a
/// non-finite logit in the number at <c>First</c>.
/// </summary>
internal sealed record RoutingCall(CudaPlace Place, RoutingSizes Sizes, RoutingRule Rule, RouterChoice Choice, Tensor Bias_E, nint First)
{
    internal RoutingLayer Layer() => new(Place.Launcher, Sizes, Place.Stream());
}
