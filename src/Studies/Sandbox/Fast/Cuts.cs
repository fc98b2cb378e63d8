using System.Runtime.Intrinsics;

namespace MoELab.Studies.Sandbox.Fast;

/// <summary>
/// The noise that an expert must exceed to reach a biased score. A sigmoid rises with its logit, so "score + bias at least a level" is
/// "noise above a cut", and whether a token can choose an expert at all takes one comparison of what was drawn, without a sigmoid.
/// </summary>
internal static class Cuts
{
    // Room for every rounding on the way: a cut may let too many pass, never too few.
    private const float ScoreRoom = 1e-5f, LogitRoom = 2e-5f;

    /// <summary>Writes the cuts of one domain; what follows the experts in the last word lets nothing pass.</summary>
    /// <param name="level">The biased score to reach.</param>
    /// <param name="means">Mean logit of each expert.</param>
    /// <param name="noise">What multiplies the noise.</param>
    /// <param name="bias">Bias of each expert.</param>
    /// <param name="experts">Experts.</param>
    /// <param name="cuts">The cuts in the units of a row, padded to whole words.</param>
    public static void Write(float level, ReadOnlySpan<float> means, float noise, ReadOnlySpan<float> bias, int experts, Span<short> cuts)
    {
        for (var e = 0; e < cuts.Length; e += Vector256<short>.Count)
        {
            var half = e + Vector256<float>.Count;
            Vector256.Narrow(Of(level, means[e..], noise, bias[e..]), Of(level, means[half..], noise, bias[half..])).CopyTo(cuts[e..]);
        }
        cuts[experts..].Fill(short.MaxValue);
    }

    private static Vector256<int> Of(float level, ReadOnlySpan<float> means, float noise, ReadOnlySpan<float> bias)
    {
        var (wanted, one, b, m) = (Vector256.Create(level), Vector256<float>.One, Vector256.Create(bias), Vector256.Create(means));
        // A rounding of the sum is as large as its largest part allows.
        var room = ScoreRoom * Vector256.Max(one, Vector256.Max(Vector256.Abs(b), Vector256.Abs(wanted)));
        var score = wanted - b - room;
        var logit = Vector256.Log(score / (one - score));
        var cut = Vector256.Ceiling((logit - m - (LogitRoom * (one + Vector256.Abs(logit) + Vector256.Abs(m)))) / noise) - one;
        cut = Vector256.ConditionalSelect(Vector256.LessThan(score, Vector256.Create(1e-6f)), Vector256.Create((float)short.MinValue), cut);
        cut = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(score, one), Vector256.Create((float)short.MaxValue), cut);
        return Vector256.ConvertToInt32(Vector256.Max(Vector256.Create((float)short.MinValue), Vector256.Min(Vector256.Create((float)short.MaxValue), cut)));
    }
}
