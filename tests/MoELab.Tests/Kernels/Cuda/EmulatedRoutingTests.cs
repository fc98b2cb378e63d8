// T tokens, E experts, K choices per token.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedRoutingTests
{
    [Theory]
    [InlineData(37, 64, 8, 0, 1)]
    [InlineData(37, 64, 8, 1, 0)]
    [InlineData(1, 256, 4, 0, 0)]
    [InlineData(9, 256, 8, 1, 1)]
    [InlineData(50, 5, 5, 0, 1)]
    [InlineData(3, 1, 1, 1, 0)]
    [InlineData(6, 70, 40, 0, 1)]
    public void Route_topk_chooses_weighs_and_counts_as_the_oracle(int T, int E, int K, int kind, int normalize)
    {
        var random = new Random(T + E);
        Check(Numbers.Random(random, T * E, 4), Numbers.Random(random, E, 0.3f), T, E, K, kind, normalize);
        Check(Numbers.Random(random, T * E, 4), null, T, E, K, kind, normalize);
    }

    [Fact]
    public void Ties_go_to_the_lower_index()
    {
        const int T = 3, E = 100, K = 8;
        var chosen = Check(new float[T * E], null, T, E, K, 0, 1);
        Assert.Equal(Enumerable.Range(0, K), chosen[..K]);
        var steps = Enumerable.Range(0, T * E).Select(i => (float)(i % E % 7)).ToArray();
        Assert.Equal([6, 13, 20, 27, 34, 41, 48, 55], Check(steps, null, T, E, K, 0, 1)[..K]);
    }

    [Fact]
    public void Zeros_of_either_sign_are_equal()
    {
        // With scores of one half, a bias of -0.5 makes +0 and one below makes it negative.
        var bias = new float[40];
        Array.Fill(bias, -0.5f);
        Assert.Equal([0, 1, 2], Check(new float[40], bias, 1, 40, 3, 0, 0));
    }

    [Fact]
    public void One_expert_may_take_all_tokens()
    {
        const int T = 65, E = 32;
        var logits = new float[T * E];
        for (var t = 0; t < T; t++)
            logits[(t * E) + 17] = 5;
        Assert.All(Check(logits, null, T, E, 1, 1, 0), e => Assert.Equal(17, e));
    }

    [Fact]
    public void Logits_that_are_not_finite_still_name_experts()
    {
        var module = EmulatedModule.Load("routing");
        const int T = 2, E = 33, K = 33;
        var logits = Enumerable.Range(0, T * E).Select(i => (i % 3) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity }).ToArray();
        var (chosen, gates, counts) = (Numbers.Poisoned<int>(T * K), Numbers.Poisoned<float>(T * K), new int[E]);
        module.Launch("route_topk", (1, 1, 1), module["ROUTE_THREADS"], Shared(module, E), logits, null, T, E, K, 0, 1, 1f, chosen, gates, counts, null);
        Assert.All(Enumerable.Range(0, T), t => Assert.Equal(Enumerable.Range(0, E), chosen.Skip(t * K).Take(K).Order()));
    }

    private static int Shared(EmulatedModule module, int E) => ((2 * module["ROUTE_WARPS"]) + 1) * E * sizeof(float);

    private static int[] Check(float[] logits, float[]? bias, int T, int E, int K, int kind, int normalize)
    {
        var module = EmulatedModule.Load("routing");
        const float scale = 2.5f;
        var (chosen, gates, scores) = (Numbers.Poisoned<int>(T * K), Numbers.Poisoned<float>(T * K), Numbers.Poisoned<float>(T * E));
        var counts = Enumerable.Repeat(1000, E).ToArray();
        // Fewer blocks than the launch takes, so that warps go on to further tokens.
        var blocks = Math.Max(1, Math.Min((T + 3) / module["ROUTE_WARPS"], module["ROUTE_BLOCKS"]) / 2);
        module.Launch("route_topk", (blocks, 1, 1), module["ROUTE_THREADS"], Shared(module, E), logits, bias, T, E, K, kind, normalize, scale, chosen, gates, counts, scores);

        var expected = new int[E];
        for (var t = 0; t < T; t++)
        {
            var row = logits.Skip(t * E).Take(E).Select(z => (double)z).ToArray();
            var sum = row.Sum(Math.Exp);
            Numbers.AssertClose([.. row.Select(z => kind == 0 ? 1 / (1 + Math.Exp(-z)) : Math.Exp(z) / sum)], scores[(t * E)..((t + 1) * E)], 1e-5, "scores");
            // The choice follows the float32 scores to the bit: an oracle's last digit must not decide a tie.
            var score = scores[(t * E)..((t + 1) * E)];
            var order = Enumerable.Range(0, E).OrderByDescending(e => score[e] + (bias?[e] ?? 0)).ThenBy(e => e).Take(K).ToArray();
            Assert.Equal(order, chosen[(t * K)..((t + 1) * K)]);
            var total = normalize != 0 ? order.Sum(e => (double)score[e]) : 1;
            Numbers.AssertClose([.. order.Select(e => score[e] / total * scale)], gates[(t * K)..((t + 1) * K)], 1e-5, "gates");
            foreach (var e in order)
                expected[e]++;
        }
        Assert.Equal(expected.Select(c => c + 1000), counts);
        return chosen;
    }
}
