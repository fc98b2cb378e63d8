namespace MoELab.Studies.Statistics;

/// <summary>
/// Whether a difference is shown to lie within a margin: two one-sided t tests (TOST, Schuirmann 1987), of "the difference is -margin or less" and
/// of "it is margin or more". Both are rejected exactly where the interval of level 1 - 2 alpha lies inside the margin.
/// </summary>
/// <remarks>The margin is chosen before the runs are looked at: the smallest difference that would change a decision.</remarks>
public sealed record Equivalence
{
    private Equivalence(Difference difference, double margin, double alpha)
    {
        (Margin, Alpha) = (margin, alpha);
        Interval = StudentTest.Of(difference.Mean, difference.StandardError, difference.DegreesOfFreedom, 1 - (2 * alpha)).Interval;
        if (difference.StandardError is { } error and > 0)
        {
            AboveLowerP = StudentTest.Upper((difference.Mean + margin) / error, difference.DegreesOfFreedom);
            BelowUpperP = StudentTest.Upper((margin - difference.Mean) / error, difference.DegreesOfFreedom);
        }
        IsEquivalent = P is { } p ? p < alpha : difference.StandardError == 0 && Math.Abs(difference.Mean) < margin;
    }

    /// <summary>The margin, in the unit of the values: a difference counts from here on.</summary>
    public double Margin { get; }

    /// <summary>The level of each one-sided test.</summary>
    public double Alpha { get; }

    /// <summary>One-sided p of "the difference is -margin or less"; null where nothing varies or one run has no spread.</summary>
    public double? AboveLowerP { get; }

    /// <summary>One-sided p of "the difference is margin or more"; null like the other.</summary>
    public double? BelowUpperP { get; }

    /// <summary>p of the whole test: the larger of both.</summary>
    public double? P => AboveLowerP is { } a && BelowUpperP is { } b ? Math.Max(a, b) : null;

    /// <summary>The t interval of level 1 - 2 alpha, 90 % by default; null with one run.</summary>
    public Interval? Interval { get; }

    /// <summary>Whether the difference is shown to be smaller than the margin. False also means: not shown, as with one run.</summary>
    public bool IsEquivalent { get; }

    /// <summary>Tests a difference, paired or not.</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="margin">The margin, above 0, in the unit of the values.</param>
    /// <param name="alpha">The level of each one-sided test, from 0.0005 to 0.25.</param>
    /// <exception cref="InputException">A margin or level out of range.</exception>
    public static Equivalence Of(Difference difference, double margin, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(difference);
        return new(difference, Check.Positive(margin, "the margin of equivalence"), Check.Within(alpha, "the level of the equivalence test", 0.0005, 0.25));
    }
}
