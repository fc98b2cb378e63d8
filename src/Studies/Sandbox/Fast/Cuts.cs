using System.Runtime.Intrinsics;

namespace MoELab.Studies.Sandbox.Fast;

/// <summary>
/// The noise that each expert needs at least to reach a biased score. A sigmoid rises with its logit, so "score + bias at least a level" is
/// "noise at least a cut", and whether a token can choose an expert at all takes one comparison of what was drawn, without a sigmoid.
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
    /// <param name="cuts">The cuts, padded to whole words.</param>
    public static void Write(float level, ReadOnlySpan<float> means, float noise, ReadOnlySpan<float> bias, int experts, Span<float> cuts)
    {
        var (wanted, one, width) = (Vector256.Create(level), Vector256<float>.One, Vector256<float>.Count);
        for (var e = 0; e < cuts.Length; e += width)
        {
            var (b, m) = (Vector256.Create(bias[e..]), Vector256.Create(means[e..]));
            // A rounding of the sum is as large as its largest part allows.
            var room = ScoreRoom * Vector256.Max(one, Vector256.Max(Vector256.Abs(b), Vector256.Abs(wanted)));
            var score = wanted - b - room;
            var logit = Vector256.Log(score / (one - score));
            var cut = (logit - m - (LogitRoom * (one + Vector256.Abs(logit) + Vector256.Abs(m)))) / noise;
            cut = Vector256.ConditionalSelect(Vector256.LessThan(score, Vector256.Create(1e-6f)), Vector256.Create(float.NegativeInfinity), cut);
            cut = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(score, one), Vector256.Create(float.PositiveInfinity), cut);
            cut.CopyTo(cuts[e..]);
        }
        cuts[experts..].Fill(float.PositiveInfinity);
    }
}
