using MoELab.Experts.Mxfp8;
using MoELab.Randomness;

namespace MoELab.Tests.Experts;

public sealed class Mxfp8Tests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(3, 64, Mxfp8Scale.Floor), InlineData(2, 32, Mxfp8Scale.Up), InlineData(5, 45, Mxfp8Scale.Floor), InlineData(5, 45, Mxfp8Scale.Up), InlineData(1, 7, Mxfp8Scale.Up)]
    public void Values_are_rounded_as_the_format_says(int rows, int columns, Mxfp8Scale scale)
    {
        var random = new Philox(3, "mxfp8");
        // Magnitudes far apart, so that blocks have values below the smallest normal one.
        float[] x = [.. Enumerable.Range(0, rows * columns).Select(i => i % 11 == 0 ? 0f : (float)(random.NextNormal() * Math.Pow(2, random.NextInt(24) - 12)))];
        var rounded = Mxfp8Blocks.AlongColumns(torch.tensor(x).reshape(rows, columns), scale).data<float>().ToArray();
        for (var row = 0; row < rows; row++)
            for (var begin = 0; begin < columns; begin += 32)
            {
                var block = x.AsSpan((row * columns) + begin, Math.Min(32, columns - begin)).ToArray();
                Assert.Equal(Oracle(block, scale), rounded.AsSpan((row * columns) + begin, block.Length).ToArray());
            }
    }

    [Theory]
    [InlineData(new[] { 1f, 1.0625f, 1.1875f, 448f }, new[] { 1f, 1f, 1.25f, 448f }, Mxfp8Scale.Floor)]
    [InlineData(new[] { 448f, 1.0625f }, new[] { 448f, 1f }, Mxfp8Scale.Up)]
    [InlineData(new[] { 500f, 2f }, new[] { 448f, 2f }, Mxfp8Scale.Floor)]
    [InlineData(new[] { 500f, 2f }, new[] { 512f, 2f }, Mxfp8Scale.Up)]
    [InlineData(new[] { 0f, 0f }, new[] { 0f, 0f }, Mxfp8Scale.Up)]
    [InlineData(new[] { 256f, 0.0011f, 0.0005f }, new[] { 256f, 0.001953125f, 0f }, Mxfp8Scale.Floor)]
    public void Ties_go_to_even_large_values_saturate_or_not_and_small_ones_vanish(float[] values, float[] rounded, Mxfp8Scale scale) =>
        Assert.Equal(rounded, Mxfp8Blocks.AlongColumns(torch.tensor(values).reshape(1, -1), scale).data<float>().ToArray());

    [Fact]
    public void What_is_rounded_stays_as_it_is()
    {
        var once = Mxfp8Blocks.AlongColumns(torch.randn(8, 96), Mxfp8Scale.Up);
        Assert.True(once.equal(Mxfp8Blocks.AlongColumns(once, Mxfp8Scale.Up)).all().item<bool>());
    }

    [Fact]
    public void A_product_rounds_along_its_sum_forward_and_backward()
    {
        var rows = new Mxfp8Rows([40, 0, 24]);
        Assert.Equal([(0, 0L, 64L), (2, 64L, 32L)], rows.Groups);
        var real = rows.Source.Select(r => r is not null).ToArray();
        Assert.Equal(64, real.Count(r => r));
        var filling = torch.tensor(Array.ConvertAll(real, r => r ? 1f : 0f)).unsqueeze(1);
        var (x, w, dy) = ((torch.randn(96, 48) * filling).requires_grad_(true), torch.randn(3, 24, 48).requires_grad_(true), torch.randn(96, 24) * filling);
        var y = Mxfp8Product.apply(x, w, rows, Mxfp8Scale.Up);
        y.backward([dy]);
        foreach (var (expert, start, count) in rows.Groups)
        {
            var (xe, we, dye) = (x.detach().narrow(0, start, count), w.detach()[expert], dy.narrow(0, start, count));
            Assert.True(y.narrow(0, start, count).equal(torch.mm(Q(xe), Q(we).t())).all().item<bool>());
            Assert.True(x.grad!.narrow(0, start, count).equal(torch.mm(Q(dye), Q(we.t()).t())).all().item<bool>());
            Assert.True(w.grad![expert].allclose(torch.mm(Q(dye.t()), Q(xe.t()).t()), 1e-6, 1e-6));
        }
        Assert.Equal(0f, w.grad![1].abs().sum().item<float>());
        static Tensor Q(Tensor t) => Mxfp8Blocks.AlongColumns(t, Mxfp8Scale.Up);
    }

    // One value at a time, from the text of the format.
    private static float[] Oracle(float[] block, Mxfp8Scale how)
    {
        var largest = block.Max(Math.Abs);
        var scale = largest == 0 ? 1 : Math.Pow(2, how == Mxfp8Scale.Floor ? Math.Floor(Math.Log2(largest)) - 8 : Math.Ceiling(Math.Log2(largest / 448)));
        return [.. block.Select(v =>
        {
            var a = Math.Abs(v / scale);
            var exponent = a == 0 ? -6 : Math.Max(-6, (int)Math.Floor(Math.Log2(a)));
            var step = Math.Pow(2, exponent - 3);
            return (float)(Math.Sign(v) * Math.Min(448, Math.Round(a / step, MidpointRounding.ToEven) * step) * scale);
        })];
    }
}
