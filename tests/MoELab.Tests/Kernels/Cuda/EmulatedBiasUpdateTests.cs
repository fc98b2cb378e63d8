// L layers, E experts.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedBiasUpdateTests
{
    [Theory]
    [InlineData(3, 256)]
    [InlineData(2, 300)]
    [InlineData(1, 5)]
    public void Smebu_moves_momentum_and_bias_as_its_equations(int L, int E)
    {
        var module = EmulatedModule.Load("bias_update");
        const double lambda = 5e-4, kappa = 2, beta = 0.5;
        var (counts, momentum, bias) = Start(L, E);
        var (expectedMomentum, expectedBias) = (Widen(momentum), Widen(bias));
        Layers(counts, L, E, (at, n, mean) =>
        {
            var step = n.Select(c => lambda * Math.Tanh(kappa * (mean - c) / mean)).ToArray();
            for (var e = 0; e < E; e++)
            {
                expectedMomentum[at + e] = (beta * expectedMomentum[at + e]) + ((1 - beta) * (step[e] - step.Average()));
                expectedBias[at + e] += expectedMomentum[at + e];
            }
        });
        module.Launch("bias_update_smebu", (L, 1, 1), module["BIAS_THREADS"], 0, counts, L, E, lambda, kappa, beta, momentum, bias);
        Numbers.AssertClose(expectedMomentum, momentum, 1e-6, "momentum");
        Numbers.AssertClose(expectedBias, bias, 1e-6, "bias");
    }

    [Theory]
    [InlineData(3, 256, 0)]
    [InlineData(2, 300, 1)]
    [InlineData(2, 7, 2)]
    public void Sign_bias_steps_by_the_sign_and_centres_what_its_variant_says(int L, int E, int variant)
    {
        var module = EmulatedModule.Load("bias_update");
        const double gamma = 1e-3;
        var (counts, _, bias) = Start(L, E);
        var expected = Widen(bias);
        Layers(counts, L, E, (at, n, mean) =>
        {
            var step = n.Select(c => gamma * Math.Sign(mean - c)).ToArray();
            var moved = Enumerable.Range(0, E).Select(e => expected[at + e] + step[e]).ToArray();
            var centre = variant == 0 ? moved.Average() : variant == 1 ? step.Average() : 0;
            for (var e = 0; e < E; e++)
                expected[at + e] = moved[e] - centre;
        });
        module.Launch("bias_update_sign", (L, 1, 1), module["BIAS_THREADS"], 0, counts, L, E, gamma, variant, bias);
        Numbers.AssertClose(expected, bias, 1e-6, "bias");
    }

    [Fact]
    public void A_layer_without_tokens_is_left_as_it_is()
    {
        var module = EmulatedModule.Load("bias_update");
        const int E = 12;
        var (momentum, bias) = (Numbers.Random(new Random(2), E), Numbers.Random(new Random(3), E));
        var (momentumBefore, biasBefore) = (momentum.ToArray(), bias.ToArray());
        module.Launch("bias_update_smebu", (1, 1, 1), module["BIAS_THREADS"], 0, new long[E], 1, E, 5e-4, 2.0, 0.5, momentum, bias);
        module.Launch("bias_update_sign", (1, 1, 1), module["BIAS_THREADS"], 0, new long[E], 1, E, 1e-3, 0, bias);
        Assert.Equal(momentumBefore, momentum);
        Assert.Equal(biasBefore, bias);
    }

    // The first expert of each layer has exactly the mean, which the sign must see as no violation.
    private static (long[] Counts, float[] Momentum, float[] Bias) Start(int L, int E)
    {
        var random = new Random(L + E);
        var counts = new long[L * E];
        for (var l = 0; l < L; l++)
        {
            for (var e = 1; e < E; e++)
                counts[(l * E) + e] = 500 + ((e - 1 < (E - 1) / 2 * 2) ? (e % 2 == 0 ? -1 : 1) * (1 + ((e - 1) / 2 * 7)) : 0);
            counts[l * E] = 500;
        }
        return (counts, Numbers.Random(random, L * E, 1e-3f), Numbers.Random(random, L * E, 0.1f));
    }

    private static double[] Widen(float[] values) => Array.ConvertAll(values, v => (double)v);

    private static void Layers(long[] counts, int L, int E, Action<int, long[], double> update)
    {
        for (var l = 0; l < L; l++)
            update(l * E, counts[(l * E)..((l + 1) * E)], counts.Skip(l * E).Take(E).Average());
    }
}
