// T tokens, D model width, F expert width, G = 2F, E experts, K choices per token, N rows. Each kernel is checked by itself.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedBackwardTests
{
    [Theory]
    [MemberData(nameof(Loads.All), MemberType = typeof(Loads))]
    public void Down_dgrad_goes_through_gate_and_activation(int T, int D, int F, int E, int K, string load, string tile)
    {
        var layer = Loads.Layer(T, D, F, E, K, load, tile);
        var p = Numbers.RandomBf16(new Random(8), layer.N * 2 * F, 3);
        var (dp, hg, dGate) = layer.DownGradient(p);
        Assert.Equal(dp, layer.DownGradient(p, keep: false).Dp);

        var (expectedDp, magnitudeDp, expectedHg, magnitudeHg) = (new double[dp.Length], new double[dp.Length], new double[hg!.Length], new double[hg.Length]);
        for (var n = 0; n < layer.N; n++)
        {
            var (choice, gateGradient, gateMagnitude) = (layer.Choice[n], 0.0, 0.0);
            double weight = layer.Gates[choice];
            for (var f = 0; f < F; f++)
            {
                var (dh, sum) = Dot(D, d => Numbers.Widen(layer.Dy[(layer.Token[n] * D) + d]) * Numbers.Widen(layer.W2[(((layer.Expert[choice] * D) + d) * F) + f]));
                int gateAt = (n * 2 * F) + f, upAt = gateAt + F;
                double gate = Numbers.Widen(p[gateAt]), up = Numbers.Widen(p[upAt]), sigmoid = 1 / (1 + Math.Exp(-gate));
                double dGateFactor = up * (sigmoid + (gate * sigmoid * (1 - sigmoid))), dUpFactor = gate * sigmoid;
                (expectedDp[gateAt], magnitudeDp[gateAt]) = (weight * dh * dGateFactor, Math.Abs(weight * up) * sum);
                (expectedDp[upAt], magnitudeDp[upAt]) = (weight * dh * dUpFactor, Math.Abs(weight * gate) * sum);
                (expectedHg[(n * F) + f], magnitudeHg[(n * F) + f]) = (weight * gate * sigmoid * up, Math.Abs(weight * gate * up));
                gateGradient += dh * gate * sigmoid * up;
                gateMagnitude += sum * Math.Abs(gate * up);
            }
            Assert.True(Math.Abs(dGate[choice] - gateGradient) <= 2e-6 * gateMagnitude, $"gate gradient {choice} is {dGate[choice]}, expected {gateGradient}");
        }
        Numbers.AssertBf16(expectedDp, magnitudeDp, dp, "dp");
        Numbers.AssertBf16(expectedHg, magnitudeHg, hg, "hg");
    }

    [Theory]
    [MemberData(nameof(Loads.All), MemberType = typeof(Loads))]
    public void Up_dgrad_multiplies_and_puts_rows_at_their_choice(int T, int D, int F, int E, int K, string load, string tile)
    {
        var layer = Loads.Layer(T, D, F, E, K, load, tile);
        var dp = Numbers.RandomBf16(new Random(9), layer.N * 2 * F);
        var dx = layer.UpGradient(dp);
        var (expected, magnitude) = (new double[dx.Length], new double[dx.Length]);
        for (var n = 0; n < layer.N; n++)
        {
            var choice = layer.Choice[n];
            for (var d = 0; d < D; d++)
                (expected[(choice * D) + d], magnitude[(choice * D) + d]) = Dot(2 * F, g => Numbers.Widen(dp[(n * 2 * F) + g]) * Numbers.Widen(layer.W13[(((layer.Expert[choice] * 2 * F) + g) * D) + d]));
        }
        Numbers.AssertBf16(expected, magnitude, dx, "dx");
    }

    [Theory]
    [MemberData(nameof(Loads.All), MemberType = typeof(Loads))]
    public void Wgrads_sum_over_the_rows_of_each_expert_and_are_zero_without_rows(int T, int D, int F, int E, int K, string load, string tile)
    {
        var layer = Loads.Layer(T, D, F, E, K, load, tile);
        var (hg, dp) = (Numbers.RandomBf16(new Random(10), layer.N * F), Numbers.RandomBf16(new Random(11), layer.N * 2 * F));
        Check(layer, layer.W2Gradient(hg), D, F, (n, d) => layer.Dy[(layer.Token[n] * D) + d], (n, f) => hg[(n * F) + f], "dW2");
        Check(layer, layer.W13Gradient(dp), 2 * F, D, (n, g) => dp[(n * 2 * F) + g], (n, d) => layer.X[(layer.Token[n] * D) + d], "dW13");
    }

    private static void Check(EmulatedLayer layer, ushort[] actual, int rows, int columns, Func<int, int, ushort> left, Func<int, int, ushort> right, string name)
    {
        var (expected, magnitude) = (new double[actual.Length], new double[actual.Length]);
        for (var n = 0; n < layer.N; n++)
        {
            var start = (long)layer.Expert[layer.Choice[n]] * rows * columns;
            for (var r = 0; r < rows; r++)
            {
                var l = Numbers.Widen(left(n, r));
                for (var c = 0; c < columns; c++)
                {
                    var term = l * Numbers.Widen(right(n, c));
                    expected[start + (r * columns) + c] += term;
                    magnitude[start + (r * columns) + c] += Math.Abs(term);
                }
            }
        }
        Numbers.AssertBf16(expected, magnitude, actual, name);
        for (var e = 0; e < layer.E; e++)
        {
            if (!layer.Expert.Contains(e))
                Assert.All(actual[(e * rows * columns)..((e + 1) * rows * columns)], x => Assert.Equal(0, x));
        }
    }

    private static (double Sum, double Magnitude) Dot(int count, Func<int, double> term)
    {
        var (sum, magnitude) = (0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            var one = term(i);
            sum += one;
            magnitude += Math.Abs(one);
        }
        return (sum, magnitude);
    }
}
