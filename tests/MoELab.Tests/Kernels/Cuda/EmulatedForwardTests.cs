// T tokens, D model width, F expert width, G = 2F, E experts, K choices per token, N rows. Each kernel is checked by itself.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedForwardTests
{
    [Theory]
    [MemberData(nameof(Loads.All), MemberType = typeof(Loads))]
    public void Up_gathers_multiplies_and_activates(int T, int D, int F, int E, int K, string load, string tile)
    {
        var layer = Loads.Layer(T, D, F, E, K, load, tile);
        var (h, p) = layer.Up();
        Assert.Equal(h, layer.Up(keep: false).H);

        var (expectedH, magnitudeH, expectedP, magnitudeP) = (new double[h.Length], new double[h.Length], new double[p!.Length], new double[p.Length]);
        for (var n = 0; n < layer.N; n++)
        {
            var e = layer.Expert[layer.Choice[n]];
            for (var g = 0; g < 2 * F; g++)
            {
                for (var d = 0; d < D; d++)
                {
                    var term = Numbers.Widen(layer.X[(layer.Token[n] * D) + d]) * Numbers.Widen(layer.W13[(((e * 2 * F) + g) * D) + d]);
                    expectedP[(n * 2 * F) + g] += term;
                    magnitudeP[(n * 2 * F) + g] += Math.Abs(term);
                }
            }
            for (var f = 0; f < F; f++)
            {
                var (gate, up) = ((n * 2 * F) + f, (n * 2 * F) + F + f);
                var silu = expectedP[gate] / (1 + Math.Exp(-expectedP[gate]));
                expectedH[(n * F) + f] = silu * expectedP[up];
                magnitudeH[(n * F) + f] = (magnitudeP[gate] * Math.Abs(expectedP[up]) * 1.1) + (magnitudeP[up] * Math.Abs(silu));
            }
        }
        Numbers.AssertBf16(expectedP, magnitudeP, p, "p");
        Numbers.AssertBf16(expectedH, magnitudeH, h, "h");
    }

    [Theory]
    [MemberData(nameof(Loads.All), MemberType = typeof(Loads))]
    public void Down_multiplies_weighs_and_puts_rows_at_their_choice(int T, int D, int F, int E, int K, string load, string tile)
    {
        var layer = Loads.Layer(T, D, F, E, K, load, tile);
        var h = Numbers.RandomBf16(new Random(7), layer.N * F);
        var y = layer.Down(h);
        var (expected, magnitude) = (new double[y.Length], new double[y.Length]);
        for (var n = 0; n < layer.N; n++)
        {
            var choice = layer.Choice[n];
            for (var d = 0; d < D; d++)
            {
                for (var f = 0; f < F; f++)
                {
                    var term = layer.Gates[choice] * Numbers.Widen(h[(n * F) + f]) * Numbers.Widen(layer.W2[(((layer.Expert[choice] * D) + d) * F) + f]);
                    expected[(choice * D) + d] += term;
                    magnitude[(choice * D) + d] += Math.Abs(term);
                }
            }
        }
        Numbers.AssertBf16(expected, magnitude, y, "y");
    }

    [Theory]
    [InlineData(33, 2, 72)]
    [InlineData(1, 8, 8)]
    [InlineData(100, 1, 24)]
    public void Combine_sums_the_rows_of_a_token(int T, int K, int D)
    {
        var module = EmulatedModule.Load("combine");
        var rows = Numbers.RandomBf16(new Random(T), T * K * D);
        Combine(module, rows, null, null, T, K, D, t => Enumerable.Range(t * K, K));
    }

    [Fact]
    public void Combine_follows_a_list_where_tokens_have_fewer_or_more_rows()
    {
        const int D = 16;
        int[] starts = [0, 0, 3, 4, 4, 9], order = [5, 0, 8, 1, 2, 3, 4, 6, 7];
        Combine(EmulatedModule.Load("combine"), Numbers.RandomBf16(new Random(4), 9 * D), starts, order, 5, 0, D, t => order[starts[t]..starts[t + 1]]);
    }

    private static void Combine(EmulatedModule module, ushort[] rows, int[]? starts, int[]? order, int T, int K, int D, Func<int, IEnumerable<int>> rowsOf)
    {
        var (sum, threads) = (Numbers.Poisoned<ushort>(T * D), module["COMBINE_THREADS"]);
        module.Launch("combine", (((T * (D / 8)) + threads - 1) / threads, 1, 1), threads, 0, rows, starts, order, T, K, D, sum);
        var (expected, magnitude) = (new double[sum.Length], new double[sum.Length]);
        for (var i = 0; i < sum.Length; i++)
        {
            var terms = rowsOf(i / D).Select(r => Numbers.Widen(rows[(r * D) + (i % D)])).ToArray();
            (expected[i], magnitude[i]) = (terms.Sum(), terms.Sum(Math.Abs));
        }
        Numbers.AssertBf16(expected, magnitude, sum, "sum");
    }
}
