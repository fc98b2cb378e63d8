using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;

// Shapes: T tokens, E experts, K choices of a token, N choices, B blocks of choices.

namespace MoELab.Kernels.Cuda.Host.Layers;

/// <summary>
/// Scores, choice and gates of a layer, their gradient, and the sort by expert on raw pointers: the CUDA kernels and their launches. The caller
/// owns the memory.
/// </summary>
internal sealed class RoutingLayer(IKernelLauncher launcher, RoutingSizes sizes, nint stream)
{
    private const int RouteWarps = 4, RouteThreads = 32 * RouteWarps, RouteBlocks = 1024, DispatchRows = 1024, CountThreads = 256, ScanThreads = 256,
        PlaceThreads = 32;
    private const int MaxMicroBatches = short.MaxValue - 1;

    /// <summary>Number of blocks of choices (B).</summary>
    internal static int Blocks(int choices) => Ceiling(choices, DispatchRows);

    /// <summary>
    /// Computes scores float32 [T, E] and gates float32 [T, K] and, unless <paramref name="rule"/> replays a given choice, the choice with its tokens
    /// int64 [T, K] and its counts int64 [E], which are added to <paramref name="counts_E"/>. <paramref name="first"/> is lowered to the key of a
    /// logit that is not finite.
    /// </summary>
    internal void Route(RoutingRule rule, nint logits_TE, nint bias_E, nint expert_TK, nint token_TK, nint gate_TK, nint counts_E,
        nint scores_TE, nint first) =>
        launcher.Launch(CudaProgram.Routing, "route_topk", Shape((2 * RouteWarps) + 1), stream, logits_TE, bias_E, sizes.T, sizes.E, sizes.K,
            rule.Softmax ? 1 : 0, rule.Normalise ? 1 : 0, rule.Scale, rule.Replayed ? 1 : 0, Math.Min(rule.MicroBatch, MaxMicroBatches),
            expert_TK, token_TK, gate_TK, counts_E, scores_TE, first);

    /// <summary>Computes the logits' gradient; a pointer of 0 for the gradient of scores or gates stands for zeros.</summary>
    internal void Gradient(RoutingRule rule, nint scores_TE, nint expert_TK, nint dScores_TE, nint dGate_TK, nint dLogits_TE) =>
        launcher.Launch(CudaProgram.Routing, "route_grad", Shape(RouteWarps), stream, scores_TE, expert_TK, dScores_TE, dGate_TK, sizes.T,
            sizes.E, sizes.K,
            rule.Softmax ? 1 : 0, rule.Normalise ? 1 : 0, rule.Scale, dLogits_TE);

    /// <summary>Sorts int64 choices by expert with a stable counting sort. <paramref name="token_N"/> is 0 if each token has K choices.</summary>
    internal void Sort(int choices, nint expert_N, nint token_N, nint offsets_BE, nint ends_E, nint rowToken_N, nint rowChoice_N)
    {
        int blocks = Blocks(choices), shared = sizes.E * sizeof(int);
        launcher.Launch(CudaProgram.Dispatch, "dispatch_count", new LaunchShape(blocks, CountThreads, shared), stream, expert_N, choices,
            sizes.E, offsets_BE);
        launcher.Launch(CudaProgram.Dispatch, "dispatch_scan", new LaunchShape(1, ScanThreads), stream, offsets_BE, blocks, sizes.E, ends_E);
        launcher.Launch(CudaProgram.Dispatch, "dispatch_place", new LaunchShape(blocks, PlaceThreads, shared), stream, expert_N, token_N,
            offsets_BE, choices, sizes.E, sizes.K, rowToken_N, rowChoice_N);
    }

    private LaunchShape Shape(int rows) => new(Math.Min(Ceiling(sizes.T, RouteWarps), RouteBlocks), RouteThreads, rows * sizes.E * sizeof(float));

    private static int Ceiling(int size, int step) => (int)(((long)size + step - 1) / step);
}
