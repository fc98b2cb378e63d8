using MoELab.Interop;

namespace MoELab.Routing;

// L MoE layers, T tokens, E experts, B bins.

/// <summary>
/// Accumulates a <see cref="MarginHistogram"/> over the micro-batches of a step. For token t with biased scores <c>s + b</c> the cutoff
/// <c>a_t</c> is their (K+1)-th largest (the smallest when K = E), and the margin of expert e is <c>a_t - s_te</c>. The bins span what
/// margins can be for scores between the given bounds under the step's biases; a margin outside counts in the edge bin.
/// </summary>
public sealed class MarginHistogramBuilder
{
    /// <summary>Bins unless told otherwise.</summary>
    public const int DefaultBins = 1000;

    private readonly float[] _bias;
    private readonly long[] _counts;
    private readonly int _layers;
    private readonly int _experts;
    private readonly int _topK;
    private readonly int _bins;

    /// <summary>An empty histogram for one step.</summary>
    /// <param name="bias_LE">The expert bias of the step, float32 [L, E]; copied.</param>
    /// <param name="topK">K, experts that a token uses.</param>
    /// <param name="bins">B.</param>
    /// <param name="scoreLow">Lower bound of scores.</param>
    /// <param name="scoreHigh">Upper bound of scores.</param>
    public MarginHistogramBuilder(Tensor bias_LE, int topK, int bins = DefaultBins, double scoreLow = 0, double scoreHigh = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(topK, 1);
        (_layers, _experts, _topK, _bins) = ((int)bias_LE.shape[0], (int)bias_LE.shape[1], topK, bins);
        _bias = HostMemory.Copy<float>(bias_LE, torch.ScalarType.Float32);
        _counts = new long[(long)_layers * _experts * bins];
        // With scores in [low, high] the cutoff lies within [low, high] plus the (K+1)-th largest bias.
        var held = new long[Math.Min(topK + 1, _experts)];
        var pivots = Enumerable.Range(0, _layers).Select(l => Cutoff(_bias.AsSpan(l * _experts, _experts), [], held)).ToArray();
        Low = pivots.Min() + scoreLow - scoreHigh;
        High = pivots.Max() + scoreHigh - scoreLow;
    }

    /// <summary>Lower edge of the first bin.</summary>
    public double Low { get; }

    /// <summary>Upper edge of the last bin.</summary>
    public double High { get; }

    /// <summary>Adds one micro-batch of one layer.</summary>
    /// <param name="layer">MoE layer, from 0.</param>
    /// <param name="scores_TE">float32 [T, E]: what the bias was added to (<see cref="RouterOutput.Selection_TE"/> or the scores).</param>
    public void Add(int layer, Tensor scores_TE)
    {
        using var scope = torch.NewDisposeScope();
        var host_TE = scores_TE.detach().to(torch.ScalarType.Float32, torch.CPU).contiguous();
        var scores = HostMemory.Of<float>(host_TE);
        var bias = _bias.AsSpan(layer * _experts, _experts);
        var counts = _counts.AsSpan(layer * _experts * _bins, _experts * _bins);
        var (best, scale) = (new long[Math.Min(_topK + 1, _experts)], _bins / (High - Low));
        for (var at = 0; at < scores.Length; at += _experts)
        {
            var row = scores.Slice(at, _experts);
            var cutoff = Cutoff(row, bias, best);
            for (var e = 0; e < _experts; e++)
                counts[(e * _bins) + Math.Clamp((int)(((double)cutoff - row[e] - Low) * scale), 0, _bins - 1)]++;
        }
    }

    /// <summary>The histogram so far, a copy that belongs to the caller.</summary>
    public MarginHistogram Build() => new(torch.tensor(_counts, [_layers, _experts, _bins]), Low, High);

    private float Cutoff(ReadOnlySpan<float> scores, ReadOnlySpan<float> bias, Span<long> best)
    {
        TopK.Select(scores, bias, _experts, best, best.Length);
        var last = (int)best[^1];
        return bias.Length > 0 ? scores[last] + bias[last] : scores[last];
    }
}
