// Shapes: T tokens, E experts, K choices of a token, N choices, B blocks of choices.
using MoELab.Experts;
using MoELab.Kernels.Cuda.Host.Layers;
using MoELab.Routing;
using static MoELab.Kernels.Cuda.CudaMemory;

namespace MoELab.Kernels.Cuda;

/// <summary>Routing and the sort by expert on tensors of the device on which their launcher runs. Nothing waits for the GPU.</summary>
internal static class CudaRouting
{
    /// <summary>Whether the CUDA kernels support this; the caller checks the device.</summary>
    internal static bool Takes(in RouterInput input) =>
        input.Logits_TE.dtype == torch.ScalarType.Float32 && input.Logits_TE.shape[1] <= RoutingSizes.MaxExperts
            && input.Bias_E.device_type == input.Logits_TE.device_type && input.Bias_E.dtype == torch.ScalarType.Float32
        && (input.Replay is null || (Sorts(input.Replay) && input.Replay.TopK > 0
            && input.Replay.Expert_N.numel() == input.Logits_TE.shape[0] * input.Replay.TopK));

    /// <summary>Whether a choice can be sorted without reading it first.</summary>
    internal static bool Sorts(RouterChoice choice) => choice.IsKnown && choice.Expert_N.is_contiguous() && choice.Token_N.is_contiguous();

    /// <summary>Computes scores, choice and gates; see <see cref="IRoutingKernel.Route"/>.</summary>
    internal static RouterOutput Route(CudaPlace place, in RouterInput input, ScoreFunction scores, bool normalise)
    {
        using var scope = torch.NewDisposeScope();
        var (logits_TE, replay) = (input.Logits_TE, input.Replay);
        var (tokens, experts, device) = ((int)logits_TE.shape[0], (int)logits_TE.shape[1], logits_TE.device);
        ArgumentOutOfRangeException.ThrowIfLessThan(input.TopK, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(input.TopK, experts);
        var rows = (long)tokens * input.TopK;
        var choice = replay ?? new RouterChoice(torch.empty([rows], dtype: torch.ScalarType.Int64, device: device),
            torch.empty([rows], dtype: torch.ScalarType.Int64, device: device), input.TopK)
        {
            Counts_E = torch.zeros(experts, dtype: torch.ScalarType.Int64, device: device),
            IsKnown = true,
        };
        using var own = input.FirstNonFinite_L is null ? new ScoreWatch(input.Layer + 1, experts, device) : null;
        var rule = new RoutingRule(scores == ScoreFunction.Softmax, normalise, (float)input.RouteScale, replay is not null, input.MicroBatch);
        var first = At(input.FirstNonFinite_L ?? own!.First_L) + (input.Layer * sizeof(long));
        var outputs = CudaRoutingFunction.apply(logits_TE,
            new RoutingCall(place, new RoutingSizes(tokens, experts, choice.TopK), rule, choice, input.Bias_E, first));
        own?.RequireFinite();
        foreach (var tensor in replay is null ? [.. outputs, choice.Token_N, choice.Expert_N, choice.Counts_E!] : outputs)
            tensor.MoveToOuterDisposeScope();
        return new RouterOutput(outputs[0], choice, outputs[1]);
    }

    /// <summary>Sorts a choice into rows by expert. The choice is one for which <see cref="Sorts"/> is true.</summary>
    internal static DispatchPlan Plan(CudaPlace place, RouterChoice choice, int tokens, int experts)
    {
        using var scope = torch.NewDisposeScope();
        var (rows, device) = (checked((int)choice.Expert_N.numel()), choice.Expert_N.device);
        Tensor rowToken_N = torch.empty([rows], dtype: torch.ScalarType.Int64, device: device),
            rowChoice_N = torch.empty([rows], dtype: torch.ScalarType.Int64, device: device);
        var ends_E = torch.empty([experts], dtype: torch.ScalarType.Int32, device: device);
        var offsets_BE = torch.empty([RoutingLayer.Blocks(rows), experts], dtype: torch.ScalarType.Int32, device: device);
        new RoutingLayer(place.Launcher, new RoutingSizes(tokens, experts, choice.TopK), place.Stream())
            .Sort(rows, At(choice.Expert_N), choice.TopK > 0 ? 0 : At(choice.Token_N), At(offsets_BE), At(ends_E), At(rowToken_N), At(rowChoice_N));
        // The autograd graph may outlive every scope, so the plan must not belong to one.
        ends_E.DetachFromDisposeScope();
        return new DispatchPlan(rowToken_N.DetachFromDisposeScope(), rowChoice_N.DetachFromDisposeScope(), ends_E, new DeviceCounts(ends_E),
            tokens, choice.TopK);
    }
}
