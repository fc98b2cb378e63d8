using FsCheck;
using FsCheck.Fluent;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

/// <summary>Equivalence, and the verdict that it and a difference give together.</summary>
public sealed class VerdictTests
{
    private static readonly double[] Zeros = [0, 0, 0, 0];

    [Fact]
    public void Equivalence_is_shown_exactly_where_its_interval_lies_inside_the_margin() => Prop.ForAll(
        Samples.Pairs, Gen.Choose(1, 200).ToArbitrary(), (pairs, m) =>
    {
        var test = Equivalence.Of(PairedDifference.Of(pairs.A, pairs.B), m / 64.0);
        var inside = test.Interval!.Value.Low > -test.Margin && test.Interval.Value.High < test.Margin;
        return test.P is { } p && Math.Abs(p - 0.05) < 1e-9 || test.IsEquivalent == inside;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_wider_margin_never_takes_equivalence_away() => Prop.ForAll(Samples.Pairs, pairs =>
    {
        Difference d = WelchDifference.Of(pairs.A, pairs.B);
        var shown = new[] { 0.1, 0.5, 2, 10, 1000 }.Select(m => Equivalence.Of(d, m).IsEquivalent).ToArray();
        return shown.SequenceEqual(shown.Order()) && shown[^1] == (d.StandardError < 50);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(new[] { 1.0, 1.1, 0.9, 1.0 }, null, VerdictKind.Higher, true, "higher")]
    [InlineData(new[] { -1.0, -1.1, -0.9, -1.0 }, null, VerdictKind.Lower, true, "lower")]
    [InlineData(new[] { -1.0, 1.1, 0.9, -1.0 }, null, VerdictKind.NotResolved, false, "not resolved")]
    [InlineData(new[] { -1.0, 1.1, 0.9, -1.0 }, 0.5, VerdictKind.NotResolved, false, "not resolved")]
    [InlineData(new[] { -1.0, 1.1, 0.9, -1.0 }, 2.0, VerdictKind.Equivalent, false, "equivalent (within ±2)")]
    [InlineData(new[] { 1.0, 1.1, 0.9, 1.0 }, 0.5, VerdictKind.Higher, true, "higher")]
    [InlineData(new[] { 1.0, 1.1, 0.9, 1.0 }, 1.05, VerdictKind.Higher, true, "higher")]
    [InlineData(new[] { 1.0, 1.1, 0.9, 1.0 }, 1.5, VerdictKind.Equivalent, true, "different, but by less than the 1.5 that counts as a difference")]
    [InlineData(new[] { 0.0, 0.0, 0.0, 0.0 }, 0.1, VerdictKind.Equivalent, false, "equivalent (within ±0.1)")]
    [InlineData(new[] { 1.0, 1.0, 1.0, 1.0 }, 0.1, VerdictKind.Higher, true, "higher")]
    [InlineData(new[] { 0.0, 0.0, 0.0, 0.0 }, null, VerdictKind.NotResolved, false,
        "not resolved (all 4 differences are equal, so the interval has no width and there is no p value)")]
    public void The_verdict(double[] differences, double? margin, VerdictKind kind, bool different, string words)
    {
        var d = PairedDifference.Of(differences, Zeros);
        var verdict = Verdict.Of(d, margin is { } m ? Equivalence.Of(d, m) : null);
        Assert.Equal((kind, different, words), (verdict.Kind, verdict.IsDifferent, verdict.Words));
    }

    [Fact]
    public void One_seed_resolves_nothing_not_even_equivalence()
    {
        var d = PairedDifference.Of([1], [1]);
        Assert.False(Equivalence.Of(d, 100).IsEquivalent);
        Assert.Equal("not resolved (one pair gives neither an interval nor a p value)", Verdict.Of(d, Equivalence.Of(d, 100), adjustedP: 0.001).Words);
    }

    [Fact]
    public void Adjusted_p_values_decide_where_they_are_given()
    {
        var d = PairedDifference.Of([1, 1.1, 0.9, 1], Zeros);
        var e = Equivalence.Of(d, 1.5);
        Assert.Equal(VerdictKind.NotResolved, Verdict.Of(d, adjustedP: 0.06).Kind);
        Assert.Equal(VerdictKind.Higher, Verdict.Of(d, e, adjustedEquivalenceP: 0.06).Kind);
        Assert.Equal(VerdictKind.Higher, Verdict.Of(d, adjustedP: 0.06, alpha: 0.1).Kind);
    }

    [Fact]
    public void Margins_and_levels_out_of_range_are_told()
    {
        var d = PairedDifference.Of([1, 2], [1, 1]);
        Samples.Refused("the margin of equivalence is 0; expected a finite number above 0", () => Equivalence.Of(d, 0));
        Samples.Refused("the level of the equivalence test is 0.9; expected a number from 0.0005 to 0.25", () => Equivalence.Of(d, 1, 0.9));
        Samples.Refused("an adjusted p value is 2; expected a number from 0 to 1", () => Verdict.Of(d, adjustedP: 2));
        Samples.Refused("the level of the test is 5; expected a number from 0.0001 to 0.5", () => Verdict.Of(d, alpha: 5));
    }
}
