using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// Experts that are chosen get better, so that routing can collapse: an expert's mean logit is its quality plus a reinforcement <c>r</c>, and after
/// each step <c>r = (1 - decay) r + decay * gain * (n / mean n - 1)</c>. The rule is that of arXiv 2605.29121 (the chosen gain, all decay), whose
/// two experts with softmax sampling lose their balance in a pitchfork; here experts are the K of E largest sums with normal noise, and the gain
/// at which balance becomes unstable is <see cref="CriticalGain"/>.
/// </summary>
public sealed record FeedbackOptions : StreamOptions
{
    /// <summary>Equal experts: the balanced state is then exact, and only noise decides who collapses.</summary>
    public FeedbackOptions() => Spread = 0;

    /// <inheritdoc/>
    public override string Name => "feedback";

    /// <summary>Logits that an expert gains, at rest, for each even load that it has beyond its own.</summary>
    [Range(0.0, 100.0), Description("Logits that an expert gains, at rest, per even load beyond its own.")]
    public double Gain { get; init; } = 0.6;

    /// <summary>Share of the reinforcement that a step replaces.</summary>
    [Range(1e-6, 1.0), Description("Share of the reinforcement that a step replaces.")]
    public double Decay { get; init; } = 0.02;

    /// <summary>
    /// The gain above which balance is unstable without a balancer and with equal experts: <c>1 / chi</c>, where <c>chi</c> is how much an expert's
    /// relative load rises per logit, the sum of all logits staying. With the density <c>phi</c> and distribution <c>Phi</c> of the noise,
    /// <c>chi = E/K * E/(E-1) * I / noise</c>, <c>I = (E-1) C(E-2, K-1) integral phi^2 Phi^(E-K-1) (1-Phi)^(K-1)</c>: the density of an expert's
    /// logit at the K-th largest of the others.
    /// </summary>
    /// <param name="experts">Experts, E.</param>
    /// <param name="active">Experts that a token uses, K, fewer than E.</param>
    public double CriticalGain(int experts, int active)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(active, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(active, experts);
        // The binomial overflows with many experts, so the whole integrand is taken from its logarithm.
        var constant = Math.Log(experts - 1) + SpecialFunctions.BinomialLn(experts - 2, active - 1);
        // Narrow with many experts, and smooth: equal steps are as exact as the sum's digits.
        var density = NewtonCotesTrapeziumRule.IntegrateComposite(x => Math.Exp(constant + (2 * Normal.PDFLn(0, 1, x))
            + ((experts - active - 1) * Math.Log(Normal.CDF(0, 1, x))) + ((active - 1) * Math.Log(Normal.CDF(0, 1, -x)))), -8, 8, 20_000);
        return Noise * active / experts * (experts - 1) / experts / density;
    }

    internal override ScoreStream Create(StreamPlace place) => new Reinforced(this, place);

    private sealed class Reinforced(FeedbackOptions options, StreamPlace place) : ScoreStream(options, place)
    {
        private readonly double[] _reinforcement = new double[place.Experts];

        public override void Observe(ReadOnlySpan<int> counts)
        {
            var mean = 0.0;
            foreach (var n in counts)
                mean += (double)n / counts.Length;
            for (var e = 0; mean > 0 && e < counts.Length; e++)
            {
                _reinforcement[e] += options.Decay * ((options.Gain * ((counts[e] / mean) - 1)) - _reinforcement[e]);
                Means[e] = (float)(Quality[e] + _reinforcement[e]);
            }
        }
    }
}
