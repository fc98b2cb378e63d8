using MoELab.Randomness;
using MoELab.Studies.Sandbox;
using MoELab.Studies.Sandbox.Fast;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Tests.Studies.Sandbox;

public sealed class StreamTests
{
    private const int E = 64, K = 4, T = 1024, Steps = 400;

    private static readonly StreamPlace Place = new(E, K, T, 0, 3);

    [Fact]
    public void Windows_of_a_pool_load_experts_as_fresh_noise_does()
    {
        using var pool = new NoisePool(Place.Seed);
        var stream = new StationaryOptions { Spread = 0.2 }.Create(Place);
        using var fast = new FastSigmoidTopK(stream);
        var (draw, step, pooled, fresh) = (new TokenDraw(T, 0), new int[E], new long[E], new long[E]);
        for (var s = 1; s <= Steps; s++)
        {
            pool.Refresh(s);
            stream.Draw(s, draw);
            fast.Choose(pool, draw, new float[E], step);
            for (var e = 0; e < E; e++)
                pooled[e] += step[e];
        }
        var (random, noise) = (new Philox(99, "fresh"), new float[E]);
        for (var t = 0; t < T * Steps; t++)
        {
            random.NextNormals(noise);
            foreach (var e in Enumerable.Range(0, E).OrderByDescending(e => noise[e] + stream.Means[e]).Take(K))
                fresh[e]++;
        }
        // Two samples of one distribution: each squared difference is about the sum of two binomial variances.
        var scaled = Enumerable.Range(0, E).Average(e => Math.Pow(pooled[e] - fresh[e], 2) / (Variance(pooled[e]) + Variance(fresh[e])));
        Assert.InRange(scaled, 0.5, 1.6);

        static double Variance(long n) => n * (1 - (n / (double)(T * Steps)));
    }

    [Fact]
    public void A_pool_is_standard_normal_and_a_slice_of_it_changes_with_each_step()
    {
        using var pool = new NoisePool(1);
        var before = Numbers(pool);
        Assert.InRange(before.Average(), -0.01, 0.01);
        Assert.InRange(before.Average(x => x * x), 0.98, 1.02);
        Assert.InRange(before.Average(x => x * x * x * x), 2.9, 3.1);
        pool.Refresh(1);
        var changed = before.Zip(Numbers(pool)).Count(p => p.First != p.Second);
        Assert.InRange(changed, NoisePool.Slice * 9 / 10, NoisePool.Slice);
        pool.Refresh(0);
        // Behind the end, the beginning goes on.
        Assert.Equal(Window(pool, 0), Window(pool, NoisePool.Size));
    }

    [Fact]
    public void Renaming_experts_renames_the_loads()
    {
        using var pool = new NoisePool(Place.Seed);
        var options = new CorrelatedOptions { Correlation = 1, Factors = 16 };
        var (plain, order) = (new Renamed(options, [.. Enumerable.Range(0, E)]), Enumerable.Range(0, E).ToArray());
        new Philox(5, "order").Shuffle(order.AsSpan());
        var (one, other) = (Loads(plain, pool, [.. Enumerable.Range(0, E)]), Loads(new Renamed(options, order), pool, order));
        Assert.Equal(order.Select(e => one[e]), other);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void Drifting_means_keep_their_spread_and_forget_where_they_were()
    {
        var stream = new DriftingOptions { Spread = 0.5, Memory = 20 }.Create(Place);
        var (start, squares, still) = (stream.Means[..E], 0.0, 0.0);
        for (var s = 1; s <= 4000; s++)
        {
            stream.Begin(s);
            squares += stream.Means[..E].Average(m => m * m) / 4000;
            if (s == 20)
                still = start.Zip(stream.Means).Sum(p => p.First * p.Second) / start.Sum(m => m * m);
        }
        Assert.InRange(squares, 0.22, 0.28);
        Assert.InRange(still, Math.Exp(-1) - 0.35, Math.Exp(-1) + 0.35);
    }

    [Fact]
    public void Domains_have_their_shares_and_prefer_their_experts()
    {
        var options = new DomainOptions { Domains = 5, Zipf = 1.5, Preferred = 0.25, Strength = 3, Spread = 0 };
        var (stream, draw, seen) = (options.Create(Place), new TokenDraw(T, 0), new int[5]);
        for (var s = 1; s <= 40; s++)
        {
            stream.Draw(s, draw);
            foreach (var d in draw.Domains)
                seen[d]++;
        }
        Assert.All(options.Shares().Zip(seen), p => Assert.Equal(p.First, p.Second / (40.0 * T), 0.01));
        Assert.Equal(1, options.Shares().Sum(), 1e-12);
        for (var d = 0; d < 5; d++)
            Assert.Equal(E / 4, stream.Means.AsSpan(d * stream.Stride, E).ToArray().Count(m => m > 2.9));
    }

    [Fact]
    public void Correlated_experts_rise_together_and_their_noise_has_variance_1()
    {
        using var pool = new NoisePool(Place.Seed);
        using var layer = new SandboxLayer(new SandboxOptions
        {
            Experts = E,
            Active = K,
            Tokens = 8192,
            Stream = new CorrelatedOptions { Spread = 0, Factors = 1, Correlation = 0.6 },
        }, 0, fast: false);
        layer.Begin(1);
        using var logits_TE = layer.Logits(pool, 8192);
        var rows = MoELab.Interop.Torch.HostMemory.Copy<float>(logits_TE, torch.ScalarType.Float32).Chunk(E).ToArray();
        Assert.InRange(rows.Average(r => r[3] * (double)r[3]), 0.94, 1.06);
        // With one factor, any two experts share it whole, in the same or in the opposite direction.
        Assert.InRange(Math.Abs(rows.Average(r => r[3] * (double)r[9])), 0.55, 0.65);
    }

    [Theory]
    [InlineData(2, 1, 0.886227)]
    [InlineData(3, 1, 0.787762)]
    public void The_critical_gain_of_few_experts_is_known(int experts, int active, double gain) =>
        Assert.Equal(gain, new FeedbackOptions().CriticalGain(experts, active), 1e-5);

    [Fact]
    public void The_critical_gain_scales_with_the_noise_and_mirrors_choosing_and_leaving_out()
    {
        var (one, two) = (new FeedbackOptions(), new FeedbackOptions { Noise = 2 });
        Assert.Equal(2 * one.CriticalGain(256, 4), two.CriticalGain(256, 4), 1e-9);
        Assert.Equal(one.CriticalGain(40, 10) * 3, one.CriticalGain(40, 30), 1e-9);
        // Many experts: the K-th largest hardly varies, and chi is the inverse Mills ratio there.
        Assert.Equal(1 / 2.665, one.CriticalGain(100_000, 1000), 0.002);
        Assert.Throws<ArgumentOutOfRangeException>(() => one.CriticalGain(4, 4));
    }

    private static int[] Loads(Renamed stream, NoisePool pool, int[] order)
    {
        var (draw, counts, bias) = (new TokenDraw(T, stream.Rank), new int[E], new float[E]);
        using var fast = new FastSigmoidTopK(stream);
        for (var s = 1; s <= 3; s++)
        {
            stream.Draw(s, draw);
            new Philox(Place.Random("directions", s).NextUInt(), "factors").NextNormals(draw.Factors);
            for (var e = 0; e < E; e++)
                bias[e] = 0.001f * order[e];
            fast.Choose(pool, draw, bias, counts);
        }
        return counts;
    }

    private static double[] Numbers(NoisePool pool) => [.. Enumerable.Range(0, NoisePool.Size / 256).SelectMany(w => Window(pool, w * 256))];

    private static unsafe double[] Window(NoisePool pool, int at) => [.. new Span<short>(pool.At(at), 256).ToArray().Select(x => x / (double)NoisePool.One)];

    /// <summary>The experts of a correlated stream in another order; a token's own noise is left out, because it belongs to a place.</summary>
    private sealed class Renamed : ScoreStream
    {
        public Renamed(CorrelatedOptions options, int[] order) : base(options, StreamTests.Place)
        {
            var original = options.Create(StreamTests.Place);
            Directions = new float[original.Directions.Length];
            for (var i = 0; i < Directions.Length; i++)
                Directions[i] = i % Stride < E ? original.Directions[(i / Stride * Stride) + order[i % Stride]] : 0;
            for (var e = 0; e < E; e++)
                Means[e] = original.Means[order[e]];
            Own = 0;
        }
    }
}
