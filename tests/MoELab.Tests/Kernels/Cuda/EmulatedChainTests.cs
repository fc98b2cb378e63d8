// T tokens, D model width, F expert width, G = 2F, E experts, K choices per token, N rows. All kernels one after the other.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedChainTests
{
    // gelu(gate) * up in its tanh form, as a user may write it.
    private const string Gelu = """
        __device__ float moelab_activation(float gate, float up)
        {
            return 0.5f * gate * (1.0f + tanhf(0.7978845608f * (gate + 0.044715f * gate * gate * gate))) * up;
        }

        __device__ void moelab_activation_grad(float gate, float up, float* dgate, float* dup)
        {
            float inner = 0.7978845608f * (gate + 0.044715f * gate * gate * gate), t = tanhf(inner);
            *dgate = up * (0.5f * (1.0f + t) + 0.5f * gate * (1.0f - t * t) * 0.7978845608f * (1.0f + 3.0f * 0.044715f * gate * gate));
            *dup = 0.5f * gate * (1.0f + t);
        }
        """;

    [Theory]
    [InlineData(40, 64, 48, 4, 2, "random", "mma")]
    [InlineData(70, 40, 72, 8, 2, "ends", "mma")]
    [InlineData(70, 40, 72, 8, 2, "ends", "wgmma")]
    public void A_layer_and_its_gradients_agree_with_float64(int T, int D, int F, int E, int K, string load, string tile) =>
        Check(Loads.Layer(T, D, F, E, K, load, tile), gate => gate / (1 + Math.Exp(-gate)));

    [Theory]
    [InlineData("mma")]
    [InlineData("wgmma")]
    public void Another_activation_takes_the_place_of_swiglu(string tile) =>
        Check(new EmulatedLayer(33, 48, 40, 3, 2, (random, _) => random.Next(3), tile, Gelu),
            gate => 0.5 * gate * (1 + Math.Tanh(0.7978845608 * (gate + (0.044715 * gate * gate * gate)))));

    // The loss is the sum of out * dy; its gradient along a random direction of each input is taken by a difference of the oracle.
    private static void Check(EmulatedLayer layer, Func<double, double> activation)
    {
        var (h, p) = layer.Up();
        var result = layer.Combine(layer.Down(h));
        var (dp, hg, dGate) = layer.DownGradient(p!);
        var (dX, dW13, dW2) = (layer.Combine(layer.UpGradient(dp)), layer.W13Gradient(dp), layer.W2Gradient(hg!));

        double[] x = Widen(layer.X), w13 = Widen(layer.W13), w2 = Widen(layer.W2), gates = Array.ConvertAll(layer.Gates, g => (double)g), dy = Widen(layer.Dy);
        var expected = Oracle(layer, x, w13, w2, gates, activation);
        // Roundings of h, y and the sum: a few parts in 2^8 of the result's size.
        Assert.True(Distance(expected, Widen(result)) < 0.01, $"the result is {Distance(expected, Widen(result)):P} off");

        Slope("x", x, Widen(dX), moved => Loss(moved, w13, w2, gates));
        Slope("W13", w13, Widen(dW13), moved => Loss(x, moved, w2, gates));
        Slope("W2", w2, Widen(dW2), moved => Loss(x, w13, moved, gates));
        Slope("gates", gates, Array.ConvertAll(dGate, g => (double)g), moved => Loss(x, w13, w2, moved));

        double Loss(double[] a, double[] b, double[] c, double[] d) => Oracle(layer, a, b, c, d, activation).Zip(dy, (o, g) => o * g).Sum();
    }

    private static void Slope(string name, double[] at, double[] gradient, Func<double[], double> loss)
    {
        const double step = 1e-4;
        var size = Math.Sqrt(gradient.Sum(g => g * g));
        var direction = Array.ConvertAll(gradient, g => g / size);
        var numeric = (loss([.. at.Zip(direction, (a, d) => a + (step * d))]) - loss([.. at.Zip(direction, (a, d) => a - (step * d))])) / (2 * step);
        Assert.True(Math.Abs(numeric - size) < 0.01 * size, $"the slope along the gradient of {name} is {numeric}, expected {size}");
    }

    private static double[] Oracle(EmulatedLayer layer, double[] x, double[] w13, double[] w2, double[] gates, Func<double, double> activation)
    {
        var (D, F, result) = (layer.D, layer.F, new double[layer.T * layer.D]);
        for (var i = 0; i < layer.N; i++)
        {
            int e = layer.Expert[i], t = i / layer.K;
            for (var f = 0; f < F; f++)
            {
                double gate = 0, up = 0;
                for (var d = 0; d < D; d++)
                {
                    gate += x[(t * D) + d] * w13[(((e * 2 * F) + f) * D) + d];
                    up += x[(t * D) + d] * w13[(((e * 2 * F) + F + f) * D) + d];
                }
                var h = gates[i] * activation(gate) * up;
                for (var d = 0; d < D; d++)
                    result[(t * D) + d] += h * w2[(((e * D) + d) * F) + f];
            }
        }
        return result;
    }

    private static double Distance(double[] expected, double[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Sum() / expected.Sum(a => a * a));

    private static double[] Widen(ushort[] values) => Array.ConvertAll(values, Numbers.Widen);
}
