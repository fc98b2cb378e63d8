// T tokens, E experts, K choices per token.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedRoutingTests
{
    private const float Scale = 2.5f;

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
    public void Logits_that_are_not_finite_still_name_experts_and_the_first_is_told()
    {
        const int T = 2, E = 33, K = 33;
        var logits = Enumerable.Range(0, T * E).Select(i => i < 5 ? 0 : (i % 3) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity }).ToArray();
        var (chosen, first) = (Numbers.Poisoned<long>(T * K), new[] { long.MaxValue });
        Launch(new Routed(chosen, Numbers.Poisoned<long>(T * K), Numbers.Poisoned<float>(T * K), new long[E], null, first), logits, null, T, E, K, 0, 1, micro: 3);
        Assert.All(Enumerable.Range(0, T), t => Assert.Equal(Enumerable.Range(0, E).Select(e => (long)e), chosen.Skip(t * K).Take(K).Order()));
        Assert.Equal((3L << 48) + (5 * 4) + 2, first[0]);

        first[0] = (2L << 48) + 40;
        Launch(new Routed(chosen, Numbers.Poisoned<long>(T * K), Numbers.Poisoned<float>(T * K), new long[E], null, first), logits, null, T, E, K, 0, 1, micro: 3);
        Assert.Equal((2L << 48) + 40, first[0]);
    }

    [Theory, InlineData(0, 1), InlineData(1, 0)]
    public void A_replayed_choice_is_weighed_and_left_alone(int kind, int normalize)
    {
        const int T = 9, E = 40, K = 3;
        var logits = Numbers.Random(new Random(3), T * E, 3);
        long[] chosen = [.. Enumerable.Range(0, T * K).Select(i => i == 4 ? E : (long)(i * 7 % E))], before = [.. chosen];
        var (gates, scores) = (Numbers.Poisoned<float>(T * K), Numbers.Poisoned<float>(T * E));
        Launch(new Routed(chosen, null, gates, null, scores, null), logits, null, T, E, K, kind, normalize, replayed: 1);
        Assert.Equal(before, chosen);
        for (var t = 0; t < T; t++)
        {
            double[] picked = [.. chosen[(t * K)..((t + 1) * K)].Select(e => e < E ? (double)scores[(t * E) + (int)e] : 0)];
            Numbers.AssertClose([.. picked.Select(s => s * Scale / (normalize != 0 ? picked.Sum() : 1))], gates[(t * K)..((t + 1) * K)], 1e-5, "gates");
        }
    }

    [Theory]
    [InlineData(37, 64, 8, 0, 1, "both")]
    [InlineData(37, 64, 8, 1, 1, "both")]
    [InlineData(9, 256, 4, 0, 0, "both")]
    [InlineData(9, 256, 4, 1, 0, "gates")]
    [InlineData(6, 70, 40, 0, 1, "gates")]
    [InlineData(50, 5, 5, 1, 1, "scores")]
    [InlineData(3, 1, 1, 0, 0, "both")]
    public void Route_grad_is_the_gradient_in_float64(int T, int E, int K, int kind, int normalize, string given)
    {
        var random = new Random(T + E);
        var logits = Numbers.Random(random, T * E, 3);
        var (chosen, scores) = (Numbers.Poisoned<long>(T * K), Numbers.Poisoned<float>(T * E));
        Launch(new Routed(chosen, null, Numbers.Poisoned<float>(T * K), new long[E], scores, null), logits, null, T, E, K, kind, normalize);
        var (dScores, dGates, dLogits) = (given == "gates" ? null : Numbers.Random(random, T * E), given == "scores" ? null : Numbers.Random(random, T * K), Numbers.Poisoned<float>(T * E));
        var module = EmulatedModule.Load("routing");
        module.Launch("route_grad", (Blocks(module, T), 1, 1), module["ROUTE_THREADS"], module["ROUTE_WARPS"] * E * sizeof(float), scores, chosen, dScores, dGates, T, E, K, kind, normalize, Scale, dLogits);

        using var scope = torch.NewDisposeScope();
        var logits_TE = torch.tensor(Array.ConvertAll(logits, z => (double)z), [T, E]).requires_grad_();
        var scores_TE = kind == 0 ? torch.sigmoid(logits_TE) : torch.softmax(logits_TE, -1);
        var picked_TK = scores_TE.gather(1, torch.tensor(chosen, [T, K]));
        var gates_TK = (normalize != 0 ? picked_TK / picked_TK.sum(-1, keepdim: true) : picked_TK) * Scale;
        var loss = (scores_TE * Given(dScores, T, E)).sum() + (gates_TK * Given(dGates, T, K)).sum();
        var expected = torch.autograd.grad([loss], [logits_TE])[0].data<double>().ToArray();
        var size = expected.Max(Math.Abs);
        Assert.All(expected.Zip(dLogits), p => Assert.Equal(p.First, p.Second, 1e-5 * size));
    }

    private static Tensor Given(float[]? values, int rows, int columns) => torch.tensor(Array.ConvertAll(values ?? new float[rows * columns], v => (double)v), [rows, columns]);

    // Fewer blocks than the launch takes, so that warps go on to further tokens.
    private static int Blocks(EmulatedModule module, int T) => Math.Max(1, Math.Min((T + 3) / module["ROUTE_WARPS"], module["ROUTE_BLOCKS"]) / 2);

    private static void Launch(Routed to, float[] logits, float[]? bias, int T, int E, int K, int kind, int normalize, int replayed = 0, int micro = 0)
    {
        var module = EmulatedModule.Load("routing");
        module.Launch("route_topk", (Blocks(module, T), 1, 1), module["ROUTE_THREADS"], ((2 * module["ROUTE_WARPS"]) + 1) * E * sizeof(float),
            logits, bias, T, E, K, kind, normalize, Scale, replayed, micro, to.Expert, to.Token, to.Gate, to.Counts, to.Scores, to.First);
    }

    private static int[] Check(float[] logits, float[]? bias, int T, int E, int K, int kind, int normalize)
    {
        var (chosen, tokens, gates, scores) = (Numbers.Poisoned<long>(T * K), Numbers.Poisoned<long>(T * K), Numbers.Poisoned<float>(T * K), Numbers.Poisoned<float>(T * E));
        var (counts, first) = (Enumerable.Repeat(1000L, E).ToArray(), new[] { long.MaxValue });
        Launch(new Routed(chosen, tokens, gates, counts, scores, first), logits, bias, T, E, K, kind, normalize);
        Assert.Equal(long.MaxValue, first[0]);
        Assert.Equal(Enumerable.Range(0, T * K).Select(i => (long)(i / K)), tokens);

        var expected = new int[E];
        for (var t = 0; t < T; t++)
        {
            var row = logits.Skip(t * E).Take(E).Select(z => (double)z).ToArray();
            var sum = row.Sum(Math.Exp);
            Numbers.AssertClose([.. row.Select(z => kind == 0 ? 1 / (1 + Math.Exp(-z)) : Math.Exp(z) / sum)], scores[(t * E)..((t + 1) * E)], 1e-5, "scores");
            // The choice follows the float32 scores to the bit: an oracle's last digit must not decide a tie.
            var score = scores[(t * E)..((t + 1) * E)];
            var order = Enumerable.Range(0, E).OrderByDescending(e => score[e] + (bias?[e] ?? 0)).ThenBy(e => e).Take(K).ToArray();
            Assert.Equal(order.Select(e => (long)e), chosen[(t * K)..((t + 1) * K)]);
            var total = normalize != 0 ? order.Sum(e => (double)score[e]) : 1;
            Numbers.AssertClose([.. order.Select(e => score[e] / total * Scale)], gates[(t * K)..((t + 1) * K)], 1e-5, "gates");
            foreach (var e in order)
                expected[e]++;
        }
        Assert.Equal(expected.Select(c => c + 1000L), counts);
        return Array.ConvertAll(chosen, e => (int)e);
    }

    private sealed record Routed(long[] Expert, long[]? Token, float[] Gate, long[]? Counts, float[]? Scores, long[]? First);
}
