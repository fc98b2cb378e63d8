using MathNet.Numerics;
using MoELab.Randomness;

namespace MoELab.Routing.Metrics;

/// <summary>
/// How far the choice of experts goes with the domain of a text, from one layer's counts: [domains, experts] choices of an expert by a token of the
/// domain. Each is to be read next to its permutation control: with few choices, chance alone gives experts a favourite domain.
/// </summary>
public static class SpecialisationMetrics
{
    /// <summary>How many permutations a control is the mean of.</summary>
    public const int Permutations = 32;

    /// <summary>
    /// Share of the choices that are of the domain that chooses their expert most: <c>sum over experts of max over domains of n(d, e) / n</c>. At most 1,
    /// where every expert serves one domain, and never below the largest domain's share of the choices; NaN without a choice.
    /// </summary>
    public static double Purity(long[,] counts)
    {
        long pure = 0;
        for (var e = 0; e < counts.GetLength(1); e++)
            pure += Column(counts, e).Max();
        return (double)pure / counts.Cast<long>().Sum();
    }

    /// <summary>
    /// Mutual information of domain and expert over the geometric mean of their entropies: <c>I(d; e) / sqrt(H(d) H(e))</c>, from 0 (the domain says
    /// nothing about the expert) to 1 (each says all about the other); NaN where all choices are of one domain or of one expert.
    /// </summary>
    public static double NormalisedMutualInformation(long[,] counts)
    {
        double n = counts.Cast<long>().Sum(), information = 0;
        var (ofDomain, ofExpert) = (Domains(counts), Experts(counts));
        for (var d = 0; d < ofDomain.Length; d++)
        {
            for (var e = 0; e < ofExpert.Length; e++)
            {
                if (counts[d, e] > 0)
                    information += counts[d, e] / n * Math.Log(counts[d, e] * n / ((double)ofDomain[d] * ofExpert[e]));
            }
        }
        // Rounding may leave the range by a hair.
        return Math.Clamp(information / Math.Sqrt(Entropy(ofDomain, n) * Entropy(ofExpert, n)), 0, 1);
    }

    /// <summary>
    /// Both figures with the domains of the choices permuted, each choice by itself, mean of <see cref="Permutations"/>: what they are where domain and
    /// expert have nothing to do with each other, but domains are as large and experts as loaded as here.
    /// </summary>
    /// <param name="counts">[domains, experts] choices.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="layer">Which MoE layer, from 0; layers are permuted independently.</param>
    public static (double Purity, double NormalisedMutualInformation) Control(long[,] counts, long seed, int layer)
    {
        var random = new Philox(seed, "permutation control", layer.ToString(CultureInfo.InvariantCulture));
        var permuted = Enumerable.Range(0, Permutations).Select(_ => Permuted(counts, random)).ToArray();
        return (permuted.Average(Purity), permuted.Average(NormalisedMutualInformation));
    }

    /// <summary>A table with the same sums as after a permutation of the choices' domains: each expert draws its choices from what is left of them.</summary>
    internal static long[,] Permuted(long[,] counts, Philox random)
    {
        var (left, drawn) = (Domains(counts), new long[counts.GetLength(0), counts.GetLength(1)]);
        for (var e = 0; e < counts.GetLength(1); e++)
        {
            var (open, pool) = (Column(counts, e).Sum(), left.Sum());
            for (var d = 0; d < left.Length; d++)
            {
                var taken = Hypergeometric(pool, left[d], open, random.NextDouble());
                pool -= left[d];
                (drawn[d, e], left[d], open) = (taken, left[d] - taken, open - taken);
            }
        }
        return drawn;
    }

    /// <summary>How many marked ones are among some that are drawn from a pool, by inversion: from the mode outwards, so that few terms are summed.</summary>
    internal static long Hypergeometric(long pool, long marked, long drawn, double uniform)
    {
        var (least, most) = (Math.Max(0, marked + drawn - pool), Math.Min(marked, drawn));
        var mode = Math.Clamp((marked + 1) * (drawn + 1) / (pool + 2), least, most);
        var (down, up) = (mode, mode);
        var ofUp = Math.Exp(Ways(marked, mode) + Ways(pool - marked, drawn - mode) - Ways(pool, drawn));
        var ofDown = ofUp;
        if ((uniform -= ofUp) <= 0)
            return mode;
        while (down > least || up < most)
        {
            if (up < most)
            {
                ofUp *= (double)(marked - up) * (drawn - up) / ((double)(up + 1) * (pool - marked - drawn + up + 1));
                up++;
                if ((uniform -= ofUp) <= 0)
                    return up;
            }
            if (down > least)
            {
                ofDown *= (double)down * (pool - marked - drawn + down) / ((double)(marked - down + 1) * (drawn - down + 1));
                down--;
                if ((uniform -= ofDown) <= 0)
                    return down;
            }
        }
        return mode;
    }

    private static double Ways(long of, long chosen) =>
        SpecialFunctions.GammaLn(of + 1.0) - SpecialFunctions.GammaLn(chosen + 1.0) - SpecialFunctions.GammaLn(of - chosen + 1.0);

    private static double Entropy(long[] counts, double n) => -counts.Where(c => c > 0).Sum(c => c / n * Math.Log(c / n));

    private static long[] Domains(long[,] counts) =>
        [.. Enumerable.Range(0, counts.GetLength(0)).Select(d => Enumerable.Range(0, counts.GetLength(1)).Sum(e => counts[d, e]))];

    private static long[] Experts(long[,] counts) => [.. Enumerable.Range(0, counts.GetLength(1)).Select(e => Column(counts, e).Sum())];

    private static IEnumerable<long> Column(long[,] counts, int expert) => Enumerable.Range(0, counts.GetLength(0)).Select(d => counts[d, expert]);
}
