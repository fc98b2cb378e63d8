using MoELab.Interop.Torch;

namespace MoELab.Tests.Interop;

public sealed class ScalarsTests
{
    [Theory]
    [InlineData(1e-20)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.NaN)]
    public void A_constant_is_made_once_and_is_the_number(double value)
    {
        Assert.Same(Scalars.Of(value), Scalars.Of(value));
        Keeps(value);
    }

    [Fact]
    public void Both_zeros_are_kept()
    {
        Keeps(0.0);
        Keeps(-0.0);
    }

    [Fact]
    public void An_integer_leaves_integers_what_they_are()
    {
        using var x = torch.tensor([3L]);
        using var twice = x * Scalars.Of(2);
        using var halves = x * Scalars.Of(0.5);
        Assert.Equal((torch.ScalarType.Int64, 6L), (twice.dtype, twice.item<long>()));
        Assert.Equal((torch.ScalarType.Float32, 1.5f), (halves.dtype, halves.item<float>()));
    }

    [Fact]
    public void Indices_count_from_0()
    {
        using var index_N = Indices.Below(3);
        Assert.Equal([0L, 1L, 2L], index_N.data<long>().ToArray());
        using var none_N = Indices.Below(0);
        Assert.Equal(0, none_N.numel());
    }

    [Fact]
    public void A_number_of_one_step_is_another_object_each_time()
    {
        const double Value = 0.123456789;
        using var rate = Scalars.Once(Value);
        using var again = Scalars.Once(Value);
        Assert.NotSame(rate, again);
        using var x = torch.ones(1, dtype: torch.ScalarType.Float64).mul_(rate);
        Assert.Equal(Value, x.item<double>());
    }

    private static void Keeps(double value)
    {
        using var x = torch.full([1], Scalars.Of(value), dtype: torch.ScalarType.Float64);
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(x.item<double>()));
    }
}
