// T tokens, E experts, K chosen per token, N = T·K choices.
using System.Runtime.Intrinsics;
using MoELab.Interop.Products;
using MoELab.Interop.Torch;
using MoELab.Routing.Routers;

namespace MoELab.Routing.Processor;

/// <summary>
/// <see cref="SigmoidTopK"/> on the processor in one visit of each token: finiteness, scores, choice, gates and the count of each
/// expert; and one visit backward. Both run on the library's own threads.
/// </summary>
internal sealed unsafe class SigmoidPass : GuardedFunctions<SigmoidPass>
{
    private const int BlockTokens = 128;

    public override string Name => nameof(SigmoidPass);

    internal static bool Takes(in RouterInput input) =>
        (input.Replay is null || (input.Replay.Expert_N.is_contiguous()
            && input.Replay.Expert_N.numel() == input.Logits_TE.shape[0] * input.Replay.TopK)) && NativeTorch.IsAvailable
            && input.Logits_TE.device_type == DeviceType.CPU && input.Logits_TE.dtype == torch.ScalarType.Float32;

    internal static RouterOutput Run(in RouterInput input, bool normalise)
    {
        var (tokens, experts) = ((int)input.Logits_TE.shape[0], (int)input.Logits_TE.shape[1]);
        ArgumentOutOfRangeException.ThrowIfLessThan(input.TopK, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(input.TopK, experts);
        var rows = (long)tokens * input.TopK;
        var choice = input.Replay ?? new RouterChoice(torch.empty([rows], dtype: torch.ScalarType.Int64),
            torch.empty([rows], dtype: torch.ScalarType.Int64), input.TopK)
        {
            Counts_E = torch.zeros(experts, dtype: torch.ScalarType.Int64),
        };
        var call = new Call(choice, input.Replay is not null, HostMemory.Copy<float>(input.Bias_E, torch.ScalarType.Float32), tokens, experts,
            normalise, (float)input.RouteScale, input.Layer);
        var outputs = apply(input.Logits_TE, call);
        return new RouterOutput(outputs[0], choice, outputs[1]);
    }

    protected override List<Tensor> Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        var call = (Call)vars[1];
        var logits_TE = ((Tensor)vars[0]).contiguous();
        var (scores_TE, gates_N) = (torch.empty_like(logits_TE), torch.empty([(long)call.Tokens * call.K], dtype: torch.ScalarType.Float32));
        Forward(call, NativeTensor.Floats(logits_TE), NativeTensor.Floats(scores_TE), NativeTensor.Floats(gates_N));
        DisposeScopes.MoveOut(scores_TE, gates_N);
        ctx.save_for_backward([scores_TE, call.Choice.Expert_N]);
        ctx.save_data("call", call);
        ctx.set_materialize_grads(false);
        return [scores_TE, gates_N];
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = torch.NewDisposeScope();
        var (call, saved) = ((Call)ctx.get_data("call"), ctx.get_saved_variables());
        var (dScores_TE, dGates_N) = (grad_outputs[0], grad_outputs[1]);
        dScores_TE = dScores_TE is { IsInvalid: false } ? dScores_TE.contiguous() : null!;
        dGates_N = dGates_N is { IsInvalid: false } ? dGates_N.contiguous() : null!;
        var dLogits_TE = torch.empty_like(saved[0]);
        Backward(call, NativeTensor.Floats(saved[0]), NativeTensor.Longs(saved[1]), NativeTensor.Floats(dScores_TE),
            NativeTensor.Floats(dGates_N), NativeTensor.Floats(dLogits_TE));
        return [dLogits_TE.MoveToOuterDisposeScope(), null!];
    }

    private static void Forward(Call call, float* logits, float* scores, float* gates)
    {
        var (experts, k) = (call.Experts, call.K);
        long* expert = NativeTensor.Longs(call.Choice.Expert_N), token = NativeTensor.Longs(call.Choice.Token_N);
        var counts = new long[NativeTorch.Workers][];
        var broken = new long[Blocks(call)];
        NativeTorch.Run(broken.Length, (worker, block) =>
        {
            var count = counts[worker] ??= new long[experts];
            var first = block * BlockTokens;
            var held = Math.Min(BlockTokens, call.Tokens - first);
            var (from, size) = ((long)first * experts, held * experts);
            broken[block] = HostMemory.FirstNonFinite(new ReadOnlySpan<float>(logits + from, size));
            if (broken[block] >= 0)
                return;
            Sigmoid(logits + from, scores + from, size);
            var chosen = new Span<long>(expert + ((long)first * k), held * k);
            if (call.Replayed)
                RequireExperts(chosen, experts);
            else
                Choose(call, new ReadOnlySpan<float>(scores + from, size), first, chosen, new Span<long>(token + ((long)first * k), held * k), count);
            for (var t = first; t < first + held; t++)
                Weigh(call, scores + ((long)t * experts), expert + ((long)t * k), gates + ((long)t * k));
        });
        for (var block = 0; block < broken.Length; block++)
        {
            if (broken[block] >= 0)
            {
                var at = ((long)block * BlockTokens * experts) + broken[block];
                throw new NonFiniteScoresException(call.Layer, at / experts, at % experts, logits[at]);
            }
        }
        for (var e = 0; !call.Replayed && e < experts; e++)
            NativeTensor.Longs(call.Choice.Counts_E!)[e] = counts.Sum(count => count?[e] ?? 0);
    }

    private static void RequireExperts(ReadOnlySpan<long> chosen, int experts)
    {
        foreach (var expert in chosen)
        {
            if ((ulong)expert >= (ulong)experts)
                throw new ArgumentOutOfRangeException(nameof(chosen), $"a replayed choice names expert {expert}; expected 0 to {experts - 1}");
        }
    }

    private static void Choose(Call call, ReadOnlySpan<float> scores, int first, Span<long> experts, Span<long> tokens, long[] count)
    {
        TopK.Select(scores, call.Bias, call.Experts, experts, call.K);
        for (var i = 0; i < experts.Length; i++)
        {
            tokens[i] = first + (i / call.K);
            count[experts[i]]++;
        }
    }

    private static void Weigh(Call call, float* score, long* expert, float* gate)
    {
        var sum = 0f;
        for (var j = 0; j < call.K; j++)
            sum += score[expert[j]];
        sum = call.Normalise ? sum + (float)Gates.Epsilon : 1;
        for (var j = 0; j < call.K; j++)
            gate[j] = score[expert[j]] / sum * call.RouteScale;
    }

    private static void Backward(Call call, float* scores, long* expert, float* dScores, float* dGates, float* dLogits) =>
        NativeTorch.Run(Blocks(call), (_, block) =>
        {
            for (var t = block * BlockTokens; t < Math.Min((block + 1) * BlockTokens, call.Tokens); t++)
            {
                var (row, chosen) = ((long)t * call.Experts, (long)t * call.K);
                float* s = scores + row, d = dLogits + row;
                if (dScores == null)
                    new Span<float>(d, call.Experts).Clear();
                else
                    Derivative(s, dScores + row, d, call.Experts);
                if (dGates != null)
                    Chosen(call, s, expert + chosen, dGates + chosen, d);
            }
        });

    // g_i = r s_i / S with S the sum over the chosen: ds_i = r (dg_i - sum_j dg_j s_j / S) / S. Without normalising S is 1 and constant.
    private static void Chosen(Call call, float* s, long* expert, float* dGates, float* d)
    {
        float sum = 0, weighted = 0;
        for (var j = 0; j < call.K; j++)
        {
            sum += s[expert[j]];
            weighted += dGates[j] * s[expert[j]];
        }
        (sum, weighted) = call.Normalise ? (sum + (float)Gates.Epsilon, weighted / (sum + (float)Gates.Epsilon)) : (1, 0);
        for (var j = 0; j < call.K; j++)
        {
            var chosen = s[expert[j]];
            d[expert[j]] += call.RouteScale * (dGates[j] - weighted) / sum * chosen * (1 - chosen);
        }
    }

    private static void Sigmoid(float* from, float* to, int size)
    {
        var i = 0;
        for (; i <= size - Vector256<float>.Count; i += Vector256<float>.Count)
            VectorMath.Sigmoid(Vector256.Load(from + i)).Store(to + i);
        for (; i < size; i++)
            to[i] = VectorMath.Sigmoid(from[i]);
    }

    private static void Derivative(float* s, float* d, float* to, int size)
    {
        var i = 0;
        for (; i <= size - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Load(d + i) * Vector256.Load(s + i) * (Vector256<float>.One - Vector256.Load(s + i))).Store(to + i);
        for (; i < size; i++)
            to[i] = d[i] * s[i] * (1 - s[i]);
    }

    private static int Blocks(Call call) => (call.Tokens + BlockTokens - 1) / BlockTokens;

    private sealed record Call(RouterChoice Choice, bool Replayed, float[] Bias, int Tokens, int Experts, bool Normalise, float RouteScale, int Layer)
    {
        internal int K => Choice.TopK;
    }
}
