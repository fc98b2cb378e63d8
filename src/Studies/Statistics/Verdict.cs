namespace MoELab.Studies.Statistics;

/// <summary>What a comparison shows.</summary>
public enum VerdictKind
{
    /// <summary>Neither a difference nor equivalence is shown.</summary>
    NotResolved,

    /// <summary>The arm's mean is lower.</summary>
    Lower,

    /// <summary>The arm's mean is higher.</summary>
    Higher,

    /// <summary>The difference is shown to be smaller than the margin, whether or not there is one.</summary>
    Equivalent,
}

/// <summary>
/// The verdict of a comparison. Equivalence wins: where a difference is shown and also shown to be smaller than the margin, the verdict is
/// <see cref="VerdictKind.Equivalent"/> with <see cref="IsDifferent"/>, because the margin says what counts as a difference.
/// </summary>
public sealed record Verdict
{
    private Verdict(VerdictKind kind, bool different, string words) => (Kind, IsDifferent, Words) = (kind, different, words);

    /// <summary>The verdict.</summary>
    public VerdictKind Kind { get; }

    /// <summary>Whether a difference from 0 is shown, of whatever size.</summary>
    public bool IsDifferent { get; }

    /// <summary>What comes after "is" in a sentence, such as "lower" or "equivalent (within ±0.005)".</summary>
    public string Words { get; }

    /// <summary>The verdict of a comparison.</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="equivalence">The test of equivalence; null where no margin was set, and then nothing is equivalent.</param>
    /// <param name="adjustedP">The difference's p adjusted for all arms (<see cref="Holm"/>); its own p where null.</param>
    /// <param name="adjustedEquivalenceP">The equivalence's p adjusted for all arms; its own p where null.</param>
    /// <param name="alpha">The level below which the difference's p shows a difference, from 0.0001 to 0.5.</param>
    /// <exception cref="InputException">A level or p out of range.</exception>
    public static Verdict Of(
        Difference difference, Equivalence? equivalence = null, double? adjustedP = null, double? adjustedEquivalenceP = null, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(difference);
        Check.Within(alpha, "the level of the test", 0.0001, 0.5);
        // Where nothing varies there is no p: the seeds agree, and the means differ or they do not.
        var different = Given(adjustedP, difference.P) is { } p ? p < alpha : difference.StandardError == 0 && difference.Mean != 0;
        var equivalent = equivalence is not null
            && (Given(adjustedEquivalenceP, equivalence.P) is { } e ? e < equivalence.Alpha : equivalence.IsEquivalent);
        return (equivalent, different) switch
        {
            (true, true) => new(VerdictKind.Equivalent, true, $"different, but by less than the {Text(equivalence!.Margin)} that counts as a difference"),
            (true, false) => new(VerdictKind.Equivalent, false, $"equivalent (within ±{Text(equivalence!.Margin)})"),
            (_, true) => difference.Mean < 0 ? new(VerdictKind.Lower, true, "lower") : new(VerdictKind.Higher, true, "higher"),
            _ => new(VerdictKind.NotResolved, false, difference.Remark is { } remark ? $"not resolved ({remark})" : "not resolved"),
        };
    }

    // An adjusted p without a p of its own would be a p of another comparison.
    private static double? Given(double? adjusted, double? own) =>
        own is null || adjusted is null ? own : Check.Within(adjusted.Value, "an adjusted p value", 0, 1);

    private static string Text(double margin) => margin.ToString("g6", CultureInfo.InvariantCulture);
}
