using MathNet.Numerics;

namespace MoELab.Studies.Statistics;

/// <summary>
/// The law L(C) = Linf + A C^-alpha over a ladder of budgets (Hestness et al. 2017; Hoffmann et al. 2022, of compute alone), fitted in one of three ways:
/// only A (<see cref="FitScale"/>), A and alpha (<see cref="FitLine"/>), or all three (<see cref="Fit"/>).
/// </summary>
/// <remarks>
/// Bands are by the delta method: the covariance of the fitted numbers from the scatter of the points about the law, and Student's t with as many degrees
/// of freedom as there are points beyond fitted numbers. Give one point per rung, the mean over its seeds, unless the scatter about the law is seed noise
/// alone. What is given as known counts as exact, and no band covers a law that is wrong beyond the ladder.
/// </remarks>
public sealed record ScalingLaw
{
    private readonly LadderFit? _fit;

    /// <summary>A law with known constants, as a paper states it; it has no bands.</summary>
    /// <param name="floor">Linf, in the unit of the loss.</param>
    /// <param name="scale">A, above 0; for C in FLOPs.</param>
    /// <param name="exponent">alpha, above 0 to 2.</param>
    /// <exception cref="InputException">A number that is not finite or out of range.</exception>
    public ScalingLaw(double floor, double scale, double exponent)
    {
        var law = new LossLaw(floor, exponent);
        (Floor, Scale, Exponent) = (law.Floor, Check.Positive(scale, "the scale of the loss law"), law.Exponent);
    }

    private ScalingLaw(LadderFit fit, double[] compute, double[] losses)
    {
        (_fit, Floor, Scale, Exponent, Points, DegreesOfFreedom) = (fit, fit.Floor, fit.Scale, fit.Exponent, losses.Length, fit.Freedom);
        if (losses.Distinct().Count() > 1)
            RSquared = GoodnessOfFit.CoefficientOfDetermination(compute.Select(At), losses);
    }

    /// <summary>Linf, in the unit of the loss.</summary>
    public double Floor { get; }

    /// <summary>A.</summary>
    public double Scale { get; }

    /// <summary>alpha.</summary>
    public double Exponent { get; }

    /// <summary>How many points were fitted; 0 for a law with known constants.</summary>
    public int Points { get; }

    /// <summary>Points beyond fitted numbers; with 0 there are no bands.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>
    /// 1 less the squared residuals of the losses over their squared distances from the mean; null where nothing was fitted or all losses are equal.
    /// </summary>
    public double? RSquared { get; }

    /// <summary>The law's loss at a budget of FLOPs.</summary>
    /// <exception cref="InputException">A budget that is not above 0.</exception>
    public double At(double compute) => Floor + (Scale * Math.Pow(Check.Positive(compute, "the budget"), -Exponent));

    /// <summary>The law's loss at a budget, which may lie beyond the ladder, with bands.</summary>
    /// <param name="compute">The budget, in FLOPs.</param>
    /// <param name="level">Level of the bands, from 0.5 to 0.999.</param>
    /// <exception cref="InputException">A budget that is not above 0, or a level out of range.</exception>
    public Projection Project(double compute, double level = 0.95)
    {
        var loss = At(compute);
        Check.Level(level);
        var (band, run) = _fit?.Bands(Math.Log(compute) - _fit.Centre, level) ?? default;
        return new(compute, loss, band, run);
    }

    /// <summary>Fits A with Linf and alpha given: least squares of the losses, A = sum((L - Linf) C^-alpha) / sum(C^(-2 alpha)).</summary>
    /// <param name="compute">The budget of each point, in FLOPs.</param>
    /// <param name="losses">The loss of each point.</param>
    /// <param name="known">Linf and alpha; <see cref="LossLaw"/>'s defaults where null.</param>
    /// <exception cref="InputException">Unequal lengths, a budget or loss that cannot be used, or a loss that is not above Linf.</exception>
    public static ScalingLaw FitScale(IReadOnlyList<double> compute, IReadOnlyList<double> losses, LossLaw? known = null)
    {
        known ??= new();
        var (c, l, x, centre) = Ladder(compute, losses, 1);
        return new(LadderFit.OfScale(x, centre, Check.Above(l, "ladder", known.Floor), known.Floor, known.Exponent), c, l);
    }

    /// <summary>
    /// Fits A and alpha with Linf given: least squares of ln(L - Linf) over ln C. This takes the scatter as a constant share of L - Linf; where it is
    /// constant in the loss itself, the interval of a new run far beyond the ladder is somewhat narrow.
    /// </summary>
    /// <param name="compute">The budget of each point, in FLOPs; at least two different ones.</param>
    /// <param name="losses">The loss of each point.</param>
    /// <param name="floor">Linf, in the unit of the loss.</param>
    /// <exception cref="InputException">Too few budgets, unequal lengths, a budget or loss that cannot be used, or a loss that is not above Linf.</exception>
    public static ScalingLaw FitLine(IReadOnlyList<double> compute, IReadOnlyList<double> losses, double floor = 1.6)
    {
        floor = new LossLaw(floor).Floor;
        var (c, l, x, centre) = Ladder(compute, losses, 2);
        return new(LadderFit.OfLine(x, centre, [.. Check.Above(l, "ladder", floor).Select(above => Math.Log(above))], floor), c, l);
    }

    /// <summary>Fits Linf, A and alpha: least squares of the losses (Levenberg and Marquardt, from a fixed grid; the same points give the same law).</summary>
    /// <param name="compute">The budget of each point, in FLOPs; at least three different ones, and four or more for a band.</param>
    /// <param name="losses">The loss of each point.</param>
    /// <remarks>Linf lies far beyond any ladder, so it and alpha are known only together; with few rungs the band says so.</remarks>
    /// <exception cref="InputException">Too few budgets, unequal lengths, a budget or loss that cannot be used, or losses that fix no floor.</exception>
    public static ScalingLaw Fit(IReadOnlyList<double> compute, IReadOnlyList<double> losses)
    {
        var (c, l, x, centre) = Ladder(compute, losses, 3);
        return new(LadderFit.OfCurve(x, centre, l), c, l);
    }

    private static (double[] Compute, double[] Losses, double[] X, double Centre) Ladder(IReadOnlyList<double> compute, IReadOnlyList<double> losses, int rungs)
    {
        var (c, l) = Check.Pairs(compute, "the ladder's budgets", losses, "the ladder's losses");
        double[] logs = [.. c.Select(v => Math.Log(Check.Positive(v, "a budget of the ladder")))];
        var different = c.Distinct().Count();
        if (different < rungs)
            throw new InputException($"the ladder has {different} different budget{(different == 1 ? "" : "s")}; expected at least {rungs} for this fit");
        var centre = logs.Average();
        return (c, l, [.. logs.Select(v => v - centre)], centre);
    }
}
