using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;

namespace MoELab.Studies.Statistics;

/// <summary>
/// The upper tail of the noncentral t distribution, which MathNet does not have: with S = sqrt(chi-square(v) / v), P(T > t) is the mean over S of
/// Phi(shift - t S) (Johnson, Kotz and Balakrishnan 1995, section 31.2), integrated by Gauss and Legendre; the error is below 1e-10.
/// </summary>
internal static class NoncentralT
{
    private const int Order = 64;

    /// <summary>P(T > t) for t of 0 or more.</summary>
    public static double Upper(double t, double freedom, double shift)
    {
        var spread = 1 / Math.Sqrt(2 * freedom);
        var (low, high) = (Math.Max(0, 1 - (12 * spread)), 1 + (12 * spread));
        // Phi steps from 1 to 0 within about 8 / t of shift / t: pieces of its own, so that no step falls between the nodes.
        double[] ends = [low, 1 - (3 * spread), 1, 1 + (3 * spread), (shift - 8) / t, (shift - 3) / t, shift / t, (shift + 3) / t, (shift + 8) / t, high];
        var pieces = ends.Where(e => e >= low && e <= high).Distinct().Order().ToArray();
        var logScale = Math.Log(2) + (freedom / 2 * Math.Log(freedom / 2)) - SpecialFunctions.GammaLn(freedom / 2);
        return Math.Clamp(pieces.Zip(pieces.Skip(1), (a, b) => GaussLegendreRule.Integrate(Weighted, a, b, Order)).Sum(), 0, 1);
        double Weighted(double s) =>
            Math.Exp(logScale + ((freedom - 1) * Math.Log(s)) - (freedom * s * s / 2)) * Normal.CDF(0, 1, shift - (t * s));
    }
}
