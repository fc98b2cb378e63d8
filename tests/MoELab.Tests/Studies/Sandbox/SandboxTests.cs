// T tokens, E experts, K chosen per token.
using MoELab.Interop.Torch;
using MoELab.Plugins;
using MoELab.Studies.Sandbox;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Tests.Studies.Sandbox;

public sealed class SandboxTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    private static readonly SandboxOptions Small = new() { Experts = 24, Active = 3, Tokens = 301, Steps = 25, Layers = 2, Seed = 11, DetailEvery = 10 };

    public static TheoryData<string> Streams => [.. StreamOptions.Names];

    public static TheoryData<string> Balancers => [.. Catalog.All.Where(p => p.Kind == PluginKind.Balancer).Select(p => p.Name)];

    // Those that need no more than logits; 'replay' needs a file, 'by-domain' domains.
    public static TheoryData<string> Routers =>
        [.. Catalog.All.Where(p => p.Kind == PluginKind.Router && p.Name is not ("noisy-top-k" or "replay" or "by-domain" or "expert-threshold")).Select(p => p.Name)];

    [Theory, MemberData(nameof(Streams))]
    public void The_fast_path_and_the_librarys_router_give_the_same_run(string stream)
    {
        var options = Small with { Stream = StreamOptions.Of(stream) };
        var (fast, slow) = (RoutingSandbox.Run(options, Catalog), RoutingSandbox.Run(options with { Fast = false }, Catalog));
        Assert.Equal(slow.Bias, fast.Bias);
        for (var step = 1; step <= options.Steps; step++)
        {
            Assert.Equal(slow.Counts(step), fast.Counts(step));
            Assert.Equal(slow.Row(step).ToJson(), fast.Row(step).ToJson());
            for (var layer = 0; layer < options.Layers; layer++)
                Assert.Equal(options.Tokens * options.Active, Enumerable.Range(0, options.Experts).Sum(e => fast.Counts(step)[layer, e]));
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void A_seed_gives_the_same_run_and_another_seed_another(string stream)
    {
        var options = Small with { Stream = StreamOptions.Of(stream) };
        var (one, again, other) = (Rows(options), Rows(options), Rows(options with { Seed = 12 }));
        Assert.Equal(one, again);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void A_naive_sandbox_counts_and_steps_the_same()
    {
        using var pause = FinalizerPause.Begin();
        using var scope = torch.NewDisposeScope();
        var options = Small with { Layers = 1, Stream = new DomainOptions() };
        var result = RoutingSandbox.Run(options, Catalog);
        using var layer = new SandboxLayer(options, 0, fast: false);
        using var pool = new NoisePool(options.Seed);
        float[] bias = new float[options.Experts], momentum = new float[options.Experts];
        for (var step = 1; step <= options.Steps; step++)
        {
            pool.Refresh(step);
            layer.Begin(step);
            var scores = HostMemory.Copy<float>(layer.Logits(pool, options.Tokens).sigmoid(), torch.ScalarType.Float32);
            var counts = new long[options.Experts];
            foreach (var row in scores.Chunk(options.Experts))
            {
                foreach (var e in Enumerable.Range(0, options.Experts).OrderByDescending(e => row[e] + bias[e]).Take(options.Active))
                    counts[e]++;
            }
            Assert.Equal(counts, result.Counts(step).Cast<long>());
            // Equations 23 to 28 of arXiv 2602.17004.
            var mean = counts.Average();
            double[] delta = [.. counts.Select(n => 5e-4 * Math.Tanh(2 * ((mean - n) / mean)))];
            for (var e = 0; e < bias.Length; e++)
            {
                var moved = (0.5 * momentum[e]) + (0.5 * (delta[e] - delta.Average()));
                (momentum[e], bias[e]) = ((float)moved, (float)(bias[e] + moved));
            }
        }
        Assert.All(bias.Zip(result.Bias.Cast<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    [Theory, MemberData(nameof(Balancers))]
    public void Every_balancer_of_the_catalog_balances_or_leaves_the_bias_at_zero(string balancer)
    {
        var options = Small with { Steps = 600, Tokens = 256, Balancer = new(balancer) };
        var result = RoutingSandbox.Run(options, Catalog);
        if (balancer == "none")
        {
            Assert.All(result.Bias.Cast<float>(), b => Assert.Equal(0, b));
            Assert.Equal(0, result.BiasStepNorm);
            Assert.All(result["choice/changed"].Where(double.IsFinite), share => Assert.Equal(0, share));
            return;
        }
        var none = RoutingSandbox.Run(options with { Balancer = new("none") }, Catalog);
        Assert.True(result.LastMaxVio < 0.6 * none.LastMaxVio, $"{result.LastMaxVio} against {none.LastMaxVio}");
        Assert.True(result["choice/changed"].Last(double.IsFinite) > 0.1);
        Assert.Equal(0, result["choice/changed"][0]);
    }

    [Theory, MemberData(nameof(Routers))]
    public void Routers_that_need_only_logits_route_on_the_slow_path(string router)
    {
        var result = RoutingSandbox.Run(Small with { Router = new(router), Steps = 3 }, Catalog);
        Assert.Equal(3, result["max_vio/mean"].Count);
        Assert.Contains(result.Counts(3).Cast<long>(), n => n > 0);
    }

    [Fact]
    public void Figures_are_those_of_the_counts_and_biases()
    {
        var result = RoutingSandbox.Run(Small, Catalog);
        long[] counts = [.. Enumerable.Range(0, Small.Experts).Select(e => result.Counts(7)[1, e])];
        Assert.Equal((counts.Max() / counts.Average()) - 1, result["max_vio/layer/1"][6], 1e-12);
        Assert.Equal(MoELab.Routing.Metrics.BalanceMetrics.LoadPercentile(result.Counts(7), 90).Average(), result["load/p90"][6], 1e-12);
        Assert.Equal(MoELab.Routing.Metrics.BalanceMetrics.LoadPercentile(result.Counts(9), 10).Average(), result["load/p10"][8], 1e-12);
        float[] bias = [.. Enumerable.Range(0, Small.Experts).Select(e => result.Bias[1, e])];
        Assert.Equal(Math.Sqrt(bias.Sum(b => (double)b * b)), result["bias/norm/1"][^1], 1e-9);
        Assert.Equal(bias.Average(b => (double)b), result["bias/mean/1"][^1], 1e-9);
        var shares = counts.Select(n => (double)n / counts.Sum()).Where(p => p > 0);
        var one = Enumerable.Range(0, Small.Experts).Select(e => result.Counts(7)[0, e] / (double)counts.Sum()).Where(p => p > 0);
        Assert.Equal((Entropy(shares) + Entropy(one)) / 2, result["load/entropy"][6], 1e-9);
        Assert.Equal([1, 10, 20], Enumerable.Range(1, Small.Steps).Where(s => double.IsFinite(result["router/entropy"][s - 1])));
        Assert.Contains("did you mean 'max_vio/mean'", Assert.Throws<InputException>(() => result["max_vio/men"]).Message, StringComparison.Ordinal);
        Assert.Contains("expected 1 to 25", Assert.Throws<InputException>(() => result.Counts(26)).Message, StringComparison.Ordinal);
    }

    private static double Entropy(IEnumerable<double> shares) => -shares.Sum(p => p * Math.Log(p)) / Math.Log(Small.Experts);

    private static string[] Rows(SandboxOptions options)
    {
        var result = RoutingSandbox.Run(options, Catalog);
        return [.. Enumerable.Range(1, options.Steps).Select(s => result.Row(s).ToJson())];
    }
}
