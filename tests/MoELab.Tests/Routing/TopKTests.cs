using FsCheck;
using FsCheck.Fluent;
using MoELab.Interop.Torch;
using MoELab.Routing;

namespace MoELab.Tests.Routing;

[Trait("bug", "non-determinism")]
public sealed class TopKTests
{
    [Fact]
    public void ChoosesTheLargestAndOfEqualsTheFirst() => Prop.ForAll(
        Gen.Choose(-3, 3).ArrayOf(24).ToArbitrary(), Gen.Choose(1, 8).ToArbitrary(), (values, k) =>
        {
            using var scope = torch.NewDisposeScope();
            var scores_TE = torch.tensor(Array.ConvertAll(values, v => (float)v), [3, 8]);
            var chosen = TopK.Select(scores_TE, null, k).data<long>().ToArray();
            var expected = values.Chunk(8).SelectMany(row => row.Select((v, i) => (v, i)).OrderByDescending(x => x.v).ThenBy(x => x.i).Take(k).Select(x => (long)x.i));
            return chosen.SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(50)]
    [InlineData(67)]
    public void AgreesWithAStableSortAfterTheBias(int k)
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.tensor(RouterKit.Random(200, 67, "top-k"));
        var bias_E = torch.linspace(-1, 1, 67);
        var (_, order_TE) = torch.sort(scores_TE + bias_E, dim: -1, descending: true, stable: true);
        Assert.Equal(order_TE.narrow(1, 0, k).contiguous().data<long>().ToArray(), TopK.Select(scores_TE, bias_E, k).data<long>().ToArray());
    }

    [Fact]
    public void TiesGoToTheLowerIndexWhateverTheWay()
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.tensor(Enumerable.Range(0, 80).Select(e => e % 2 == 0 ? -0f : 0f).ToArray(), [1, 80]);
        foreach (var k in new[] { 1, 7, 40, 80 })
            Assert.Equal(Enumerable.Range(0, k).Select(e => (long)e), TopK.Select(scores_TE, null, k).data<long>().ToArray());
    }

    [Fact]
    public void ReadsTransposedScores()
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.tensor(new[,] { { 1f, 5f }, { 2f, 4f }, { 3f, 3f } }).t();
        Assert.Equal([2L, 1L, 0L, 1L], TopK.Select(scores_TE, null, 2).data<long>().ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void RefusesAnImpossibleK(int k)
    {
        using var scope = torch.NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => TopK.Select(torch.zeros(2, 4), null, k));
    }

    [Fact]
    public void FindsEveryNonFinitePlace()
    {
        for (var length = 1; length < 40; length++)
        {
            for (var place = 0; place < length; place++)
            {
                foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
                {
                    var values = Enumerable.Repeat(float.MaxValue, length).ToArray();
                    Assert.Equal(-1, HostMemory.FirstNonFinite(values));
                    values[place] = bad;
                    Assert.Equal(place, HostMemory.FirstNonFinite(values));
                }
            }
        }
    }
}
