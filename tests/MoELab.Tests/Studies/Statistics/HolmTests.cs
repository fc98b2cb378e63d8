using FsCheck;
using FsCheck.Fluent;
using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

public sealed class HolmTests
{
    [Fact]
    public void A_case_by_hand() =>
        // Sorted .005 x4, .01 x3, .03 x2, .04 x1, the last raised to the one before.
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Holm.Adjust([0.01, 0.04, 0.03, 0.005]), (a, b) => Math.Abs(a - b) < 1e-15);

    [Fact]
    public void Adjusted_values_keep_the_order_are_never_smaller_nor_above_one_and_reject_as_the_step_down_procedure_does() =>
        Prop.ForAll(Gen.Choose(0, 1000).Select(v => v / 1000.0).ArrayOf().ToArbitrary(), p =>
        {
            var adjusted = Holm.Adjust(p);
            var order = Enumerable.Range(0, p.Length).OrderBy(i => p[i]).ToArray();
            var rejected = order.TakeWhile((i, rank) => p[i] < 0.05 / (p.Length - rank)).ToHashSet();
            return adjusted.Zip(p).All(x => x.First >= x.Second && x.First <= 1)
                && order.Zip(order.Skip(1)).All(x => adjusted[x.First] <= adjusted[x.Second])
                && adjusted.Index().All(x => Math.Abs(x.Item - 0.05) < 1e-12 || x.Item < 0.05 == rejected.Contains(x.Index));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Comparisons_without_a_p_value_do_not_count()
    {
        Assert.Equal([0.02, null, 0.2], Holm.Adjust([0.01, null, 0.2]));
        Assert.Empty(Holm.Adjust(Array.Empty<double>()));
        Samples.Refused("p value 2 is 1.5; expected a number from 0 to 1", () => Holm.Adjust([0.5, 1.5]));
        Samples.Refused("p value 1 is NaN; expected a number from 0 to 1", () => Holm.Adjust([double.NaN]));
    }
}
