using MoELab.Interop.Torch;

namespace MoELab.Routing.Balancing;

// L MoE layers, T tokens, E experts, B bins.

/// <summary>Accumulates a <see cref="MarginHistogram"/> over the micro-batches of a step.</summary>
/// <remarks>
/// What routers choose by may be sigmoids, probabilities of 1/E each, or logits in the tens, so no equal bins fit. These are as floating-point
/// numbers are: from 2^-24 to 2^8, on either side of 0, each power of two is divided into 32. A bin is a thirty-second of its distance from 0 or
/// narrower, and since a balanced expert's margins have their K/E quantile at 0, the bins are finest where a balancer ends. They are
/// the same for every router, layer and step, so counts add up in any order and over ranks.
/// </remarks>
public sealed class MarginHistogramBuilder
{
    /// <summary>Bins of an expert.</summary>
    public const int Bins = 2 * Side;

    private const int Smallest = -24, Largest = 8, PartBits = 5, Side = (Largest - Smallest) << PartBits;

    private readonly float[] _bias;
    private readonly long[] _counts;
    private readonly int _layers, _experts, _topK;

    /// <summary>An empty histogram for one step. The bias, float32 [L, E], is copied.</summary>
    public MarginHistogramBuilder(Tensor bias_LE, int topK)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(topK, 1);
        (_layers, _experts, _topK) = ((int)bias_LE.shape[0], (int)bias_LE.shape[1], topK);
        _bias = HostMemory.Copy<float>(bias_LE, torch.ScalarType.Float32);
        _counts = new long[(long)_layers * _experts * Bins];
    }

    /// <summary>Adds one micro-batch of one layer.</summary>
    /// <param name="layer">MoE layer, from 0.</param>
    /// <param name="scores_TE">
    /// float32 [T, E]: what the bias was added to (<see cref="RouterOutput.Selection_TE"/> or the scores); minus infinity where a token cannot reach
    /// an expert. The cutoff is the smallest of all where K = E; a token that reaches no more than K of the experts has none and is left out.
    /// </param>
    public void Add(int layer, Tensor scores_TE)
    {
        using var scope = torch.NewDisposeScope();
        var host_TE = scores_TE.detach().to(torch.ScalarType.Float32, torch.CPU).contiguous();
        var scores = HostMemory.Of<float>(host_TE);
        var bias = _bias.AsSpan(layer * _experts, _experts);
        var counts = _counts.AsSpan(layer * _experts * Bins, _experts * Bins);
        var best = new long[Math.Min(_topK + 1, _experts)];
        for (var at = 0; at < scores.Length; at += _experts)
        {
            var row = scores.Slice(at, _experts);
            TopK.Select(row, bias, _experts, best, best.Length);
            var last = (int)best[^1];
            var cutoff = row[last] + bias[last];
            if (!float.IsFinite(cutoff))
                continue;
            for (var e = 0; e < _experts; e++)
            {
                if (float.IsFinite(row[e]))
                    counts[(e * Bins) + Place(cutoff - (row[e] + bias[e]))]++;
            }
        }
    }

    /// <summary>The histogram so far, a copy that belongs to the caller.</summary>
    public MarginHistogram Build() => new(torch.tensor(_counts, [_layers, _experts, Bins]), torch.tensor(Edges()));

    /// <summary>The bin of a margin.</summary>
    internal static int Place(float margin)
    {
        // Exponent and leading bits of the fraction, as they stand in the number.
        var magnitude = (int)((BitConverter.SingleToUInt32Bits(margin) & 0x7FFFFFFF) >> (23 - PartBits)) - ((127 + Smallest) << PartBits);
        var place = Math.Clamp(magnitude, 0, Side - 1);
        return margin < 0 ? Side - 1 - place : Side + place;
    }

    private static double[] Edges()
    {
        var edges = new double[Bins + 1];
        for (var i = 1; i <= Side; i++)
        {
            var edge = Math.ScaleB(1 + ((i & ((1 << PartBits) - 1)) / (double)(1 << PartBits)), Smallest + (i >> PartBits));
            (edges[Side + i], edges[Side - i]) = (edge, -edge);
        }
        return edges;
    }
}
