using FsCheck;
using FsCheck.Fluent;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

public sealed class ScalingLawTests
{
    // marin's v16 ladder.
    private static readonly double[] Flops = [2.19e17, 1.70e18, 9.00e18, 2.83e19], Losses = [3.8104, 3.4339, 3.1605, 3.0065];

    [Fact]
    public void Published_laws_give_published_losses()
    {
        var v16 = new ScalingLaw(1.6, 95.18, 0.0941);
        Assert.Equal([3.822, 3.433, 3.167, 3.006, 2.606, 2.252], Flops.Append(1e21).Append(1e23).Select(v16.At), Within(5e-4));
        var may = new ScalingLaw(1.6, 88.32, 0.0941);
        Assert.Equal([2.533, 2.205], new[] { 1e21, 1e23 }.Select(may.At), Within(5e-4));
        // fast_track: the rungs whose FLOPs are published.
        Assert.Equal([3.156, 2.504], new[] { 3.5e17, 4.3e19 }.Select(new ScalingLaw(1.2, 58.67, 0.0842).At), Within(1e-3));
        Assert.Equal((0, null, null), (v16.Points, v16.RSquared, v16.Project(1e21).Band));
    }

    [Fact]
    public void The_published_scale_is_found_again_from_the_published_losses()
    {
        var law = ScalingLaw.FitScale(Flops, Losses);
        // 95.18 was fitted from losses with more digits, and its exponent printed with three.
        Assert.Equal(95.18, law.Scale, 0.3);
        Assert.Equal((4, 3, 1.6, 0.0941), (law.Points, law.DegreesOfFreedom, law.Floor, law.Exponent));
        Assert.True(law.RSquared > 0.999);
        Assert.Equal(2.606, law.At(1e21), 4e-3);
        Assert.True(law.Project(1e21).NewRun!.Value.Contains(2.599), "the loss measured at 1e21");
    }

    [Fact]
    public void Exact_ladders_give_back_their_law() => Prop.ForAll(Whole(0, 300), Whole(4, 40), Whole(50, 400), (f, a, l) =>
    {
        var (floor, alpha, first) = (f / 100.0, a / 100.0, l / 100.0);
        double[] compute = [1e15, 4e15, 3e16, 1e17, 9e17, 1e19];
        var losses = compute.Select(c => floor + (first * Math.Pow(c / 1e15, -alpha))).ToArray();
        ScalingLaw[] laws =
            [ScalingLaw.FitScale(compute, losses, new(floor, alpha)), ScalingLaw.FitLine(compute, losses, floor), ScalingLaw.Fit(compute, losses)];
        return laws.All(law => Math.Abs(law.Floor - floor) < 1e-5 && Math.Abs(law.Exponent - alpha) < 1e-5
            && Math.Abs(law.At(1e15) - floor - first) < 1e-6 && law.RSquared > 1 - 1e-9 && law.Project(1e20).Band!.Value.Width < 1e-3);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bands_widen_beyond_the_ladder_and_with_what_is_fitted_and_a_new_run_scatters_more()
    {
        ScalingLaw[] laws = [ScalingLaw.FitScale(Flops, Losses), ScalingLaw.FitLine(Flops, Losses), ScalingLaw.Fit(Flops, Losses)];
        var far = laws.Select(l => l.Project(1e23)).ToArray();
        Assert.True(far[0].Band!.Value.Width < far[1].Band!.Value.Width && far[1].Band!.Value.Width < far[2].Band!.Value.Width);
        Assert.All(far, p => Assert.True(p.NewRun!.Value.Width > p.Band!.Value.Width && p.Band.Value.Contains(p.Loss)));
        Assert.All(laws[1..], l => Assert.True(l.Project(1e23).Band!.Value.Width > l.Project(5e18).Band!.Value.Width));
    }

    [Fact]
    public void As_many_points_as_fitted_numbers_give_a_law_without_bands()
    {
        Assert.Null(ScalingLaw.FitScale([1e18], [3.4]).Project(1e20).Band);
        Assert.Equal(3.4, ScalingLaw.FitScale([1e18], [3.4]).At(1e18), 1e-12);
        var line = ScalingLaw.FitLine(Flops[..2], Losses[..2]);
        Assert.Equal((0, null), (line.DegreesOfFreedom, line.Project(1e20).NewRun));
        Assert.Equal(Losses[..2], Flops[..2].Select(line.At), Within(1e-9));
        Assert.Null(ScalingLaw.Fit(Flops[..3], Losses[..3]).Project(1e20).Band);
    }

    [Fact]
    public void Ladders_that_fix_no_law_are_told()
    {
        Samples.Refused("the ladder has 2 different budgets; expected at least 3 for this fit", () => ScalingLaw.Fit([1, 2, 2], [3, 2, 2]));
        Samples.Refused("the ladder has 1 different budget; expected at least 2 for this fit", () => ScalingLaw.FitLine([1e18, 1e18], [3, 2]));
        Samples.Refused("loss 1 of the ladder is 1.5; expected more than 1.6, the floor of the loss law", () => ScalingLaw.FitScale([1e18], [1.5]));
        Samples.Refused("a budget of the ladder is 0; expected a finite number above 0", () => ScalingLaw.FitScale([0], [3]));
        Samples.Refused("the losses of the ladder do not fall with compute; expected a ladder whose larger budgets reach lower losses",
            () => ScalingLaw.Fit([1e16, 1e17, 1e18, 1e19], [3, 3.1, 3.3, 3.2]));
        Samples.Refused("the losses of the ladder fix no floor: over these budgets no power law above a floor fits better than its limits; "
            + "give the floor, or train more rungs",
            () => ScalingLaw.Fit([1e16, 1e17, 1e18, 1e19], [3, 2.9, 2.7, 2.3]));
        Samples.Refused("the budget is -1; expected a finite number above 0", () => ScalingLaw.FitScale([1e18], [3.4]).At(-1));
    }

    private static Arbitrary<int> Whole(int low, int high) => Gen.Choose(low, high).ToArbitrary();

    private static Func<double, double, bool> Within(double tolerance) => (a, b) => Math.Abs(a - b) <= tolerance;
}
