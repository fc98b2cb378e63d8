namespace MoELab.Studies.Statistics;

/// <summary>
/// How much more budget the baseline would need to reach the arm's loss (marin, Agent MoE experiments). The law L(C) = Linf + A C^-alpha is moved onto
/// the baseline's own point, A = (L_b - Linf) C_b^alpha; the baseline then needs C_need = (A / (L_a - Linf))^(1 / alpha), and the speedup is
/// C_need / C_a = ((L_b - Linf) / (L_a - Linf))^(1 / alpha) at equal budgets. The wall-clock speedup multiplies it by the arm's speed over the baseline's.
/// </summary>
/// <remarks>
/// Over paired seeds, the speedup of each pair is computed and averaged on the log scale (a geometric mean); the interval is Student's of the logarithms,
/// taken back by exp. Linf and alpha count as known: their error is not in the interval.
/// </remarks>
public sealed record EffectiveSpeedup
{
    private const double Match = 0.01;

    private EffectiveSpeedup(LossLaw law, Currency? currency, PairedDifference loss, PairedDifference? wallClock)
    {
        (Law, Currency, Pairs) = (law, currency, loss.Count);
        (Loss, LossInterval) = (Math.Exp(loss.Mean), Exp(loss.Interval));
        if (wallClock is not null)
            (WallClock, WallClockInterval) = (Math.Exp(wallClock.Mean), Exp(wallClock.Interval));
    }

    /// <summary>The constants of the loss law.</summary>
    public LossLaw Law { get; }

    /// <summary>The currency of the budgets; null where no costs were given.</summary>
    public Currency? Currency { get; }

    /// <summary>How many pairs of runs there are.</summary>
    public int Pairs { get; }

    /// <summary>Speedup from the loss alone; above 1 the arm is better.</summary>
    public double Loss { get; }

    /// <summary>Its interval over seeds; null with one pair.</summary>
    public Interval? LossInterval { get; }

    /// <summary>Speedup in wall-clock time; null where no costs were given. It may be below 1 where <see cref="Loss"/> is above: show both.</summary>
    public double? WallClock { get; }

    /// <summary>Its interval over seeds; null with one pair or without costs.</summary>
    public Interval? WallClockInterval { get; }

    /// <summary>The speedup from losses of runs with equal budgets.</summary>
    /// <param name="baseline">The baseline's losses, one per seed.</param>
    /// <param name="arm">The arm's losses on the same seeds.</param>
    /// <param name="law">The constants of the loss law; <see cref="LossLaw"/>'s defaults where null.</param>
    /// <param name="level">Level of the interval, from 0.5 to 0.999.</param>
    /// <exception cref="InputException">Values that do not pair or are not finite, or a loss that is not above the law's floor.</exception>
    public static EffectiveSpeedup Of(IReadOnlyList<double> baseline, IReadOnlyList<double> arm, LossLaw? law = null, double level = 0.95)
    {
        law ??= new();
        var (b, a) = Check.Pairs(baseline, "the baseline", arm, "the arm");
        return new(law, null, PairedDifference.Of(Logs(a, "arm", law), Logs(b, "baseline", law), level), null);
    }

    /// <summary>The speedups from losses, budgets and speeds.</summary>
    /// <param name="baseline">The baseline's losses, one per seed.</param>
    /// <param name="baselineCosts">What each of these runs spent, and how fast.</param>
    /// <param name="arm">The arm's losses on the same seeds.</param>
    /// <param name="armCosts">What each of these runs spent, and how fast.</param>
    /// <param name="law">The constants of the loss law; <see cref="LossLaw"/>'s defaults where null.</param>
    /// <param name="level">Level of the intervals, from 0.5 to 0.999.</param>
    /// <exception cref="InputException">
    /// Values that do not pair or are not finite, a loss that is not above the law's floor, costs in two currencies, or budgets of a pair that differ by
    /// more than 1 %. A smaller difference is accounted for.
    /// </exception>
    public static EffectiveSpeedup Of(IReadOnlyList<double> baseline, IReadOnlyList<RunCost> baselineCosts, IReadOnlyList<double> arm,
        IReadOnlyList<RunCost> armCosts, LossLaw? law = null, double level = 0.95)
    {
        law ??= new();
        ArgumentNullException.ThrowIfNull(baselineCosts);
        ArgumentNullException.ThrowIfNull(armCosts);
        var (b, a) = Check.Pairs(baseline, "the baseline", arm, "the arm");
        if (baselineCosts.Count != b.Length || armCosts.Count != a.Length)
        {
            throw new InputException($"there are {b.Length} pairs of losses, {baselineCosts.Count} costs of the baseline and {armCosts.Count} of the arm; "
                + "expected one cost per loss");
        }
        Matched(baselineCosts, armCosts);
        var (logB, logA) = (Logs(b, "baseline", law), Logs(a, "arm", law));
        double[] needB = Each(logB, baselineCosts, c => -Math.Log(c.Spent)), needA = Each(logA, armCosts, c => -Math.Log(c.Spent));
        double[] timeB = Each(needB, baselineCosts, c => Math.Log(c.PerSecond)), timeA = Each(needA, armCosts, c => Math.Log(c.PerSecond));
        return new(law, armCosts[0].Currency, PairedDifference.Of(needA, needB, level), PairedDifference.Of(timeA, timeB, level));
        static double[] Each(double[] logs, IReadOnlyList<RunCost> costs, Func<RunCost, double> more) => [.. logs.Zip(costs, (l, c) => l + more(c))];
    }

    private static void Matched(IReadOnlyList<RunCost> baseline, IReadOnlyList<RunCost> arm)
    {
        var currency = baseline[0].Currency;
        if (baseline.Concat(arm).Any(c => c.Currency != currency))
        {
            throw new InputException("some costs are in tokens and some in FLOPs; expected one currency: at equal data, tokens and tokens per second of both, "
                + "at equal compute, FLOPs and FLOPs per second of both");
        }
        for (var i = 0; i < arm.Count; i++)
        {
            if (Math.Abs(Math.Log(arm[i].Spent / baseline[i].Spent)) > Match)
            {
                throw new InputException(FormattableString.Invariant($"in pair {i + 1} the arm spent {arm[i].Spent:g6} {Unit(currency)} and the baseline ")
                    + FormattableString.Invariant($"{baseline[i].Spent:g6}; expected budgets within {Match:0 %} of each other"));
            }
        }
    }

    // How much budget the loss is worth, as a logarithm: the law solved for C, without the constants that cancel.
    private static double[] Logs(double[] losses, string side, LossLaw law) =>
        [.. Check.Above(losses, side, law.Floor).Select(above => -Math.Log(above) / law.Exponent)];

    private static string Unit(Currency currency) => currency == Statistics.Currency.Tokens ? "tokens" : "FLOPs";

    private static Interval? Exp(Interval? logs) => logs is { } i ? new(Math.Exp(i.Low), Math.Exp(i.High), i.Level) : null;
}
