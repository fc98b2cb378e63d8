using MoELab.Interop.Torch;
using MoELab.Plugins;
using MoELab.Routing;
using MoELab.Routing.Balancing;

namespace MoELab.Tests.Plugins.Balancers;

/// <summary>What every balancer promises, run against every balancer that the catalog finds.</summary>
public sealed class BalancerContractTests
{
    private const int L = 3, E = 8, K = 2;
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    /// <summary>Every balancer with its defaults, and those whose options make another algorithm of them.</summary>
    public static TheoryData<string> Balancers() => [.. Catalog.All.Where(p => p.Kind == PluginKind.Balancer).Select(p => p.Name),
        "quantile estimator=exact", "quantile estimator=bins", "quantile delay=1", "quantile estimator=exact delay=1", "sign-bias schedule=cosine warmup=0.5"];

    public static TheoryData<string> Moving() => [.. Balancers().Select(b => b.Data).Where(b => b != "none")];

    [Fact]
    public void EveryBalancerOfTheFieldIsThere() => Assert.Superset(
        new HashSet<string> { "smebu", "sign-bias", "proportional", "quantile", "none" },
        Catalog.All.Where(p => p.Kind == PluginKind.Balancer).Select(p => p.Name).ToHashSet());

    [Theory, MemberData(nameof(Balancers))]
    public void AFreshStateIsAZeroBiasInFloat32(string name)
    {
        using var state = Create(name).CreateState(L, E);
        Assert.Equal([L, E], state.Bias_LE.shape);
        Assert.All(state.Tensors.Values, t => Assert.Equal(torch.ScalarType.Float32, t.dtype));
        Assert.Equal(new float[L * E], Floats(state.Bias_LE));
    }

    [Theory, MemberData(nameof(Balancers))]
    public void ALayerWithoutTokensStaysAsItIs(string name)
    {
        using var scope = torch.NewDisposeScope();
        var balancer = Create(name);
        using var state = balancer.CreateState(L, E);
        balancer.Update(Stats(Loads(0), Loads(1), Loads(2)), state, new StepInfo(1, 9, 0));
        var before = state.Tensors.ToDictionary(t => t.Key, t => Floats(t.Value));
        balancer.Update(Stats(Loads(3), null, Loads(4)), state, new StepInfo(2, 9, 0));
        foreach (var (key, values) in before)
            Assert.Equal(values[E..(2 * E)], Floats(state[key])[E..(2 * E)]);
        balancer.Update(Stats(null, null, null), state, new StepInfo(3, 9, 0));
        Assert.All(Floats(state.Bias_LE), b => Assert.True(float.IsFinite(b)));
    }

    [Theory, MemberData(nameof(Balancers))]
    public void LayersDoNotTouchEachOther(string name)
    {
        using var scope = torch.NewDisposeScope();
        var (one, other) = (Run(name, [Loads(0), Loads(1), Loads(2)]), Run(name, [Loads(7), Loads(1), Loads(8)]));
        Assert.All(one[E..(2 * E)].Zip(other[E..(2 * E)]), pair => Assert.Equal(pair.First, pair.Second, Tolerance(name)));
    }

    [Theory, MemberData(nameof(Balancers))]
    public void RenamingExpertsRenamesTheBiases(string name)
    {
        using var scope = torch.NewDisposeScope();
        int[] order = [3, 1, 7, 0, 2, 6, 5, 4];
        var plain = Run(name, [Loads(0), Loads(1), Loads(2)]);
        var renamed = Run(name, [.. Enumerable.Range(0, L).Select(l => Loads(l).Select(row => order.Select(o => row[o]).ToArray()).ToArray())]);
        for (var i = 0; i < L * E; i++)
            Assert.Equal(plain[(i / E * E) + order[i % E]], renamed[i], 1e-6);
    }

    [Theory, MemberData(nameof(Balancers))]
    public void LeavesNothingBehind(string name)
    {
        using var scope = torch.NewDisposeScope();
        var balancer = Create(name);
        using var state = balancer.CreateState(L, E);
        var stats = Stats(Loads(0), Loads(1), Loads(2));
        var before = scope.DisposablesCount;
        balancer.Update(stats, state, new StepInfo(1, 9, 0));
        Assert.Equal(before, scope.DisposablesCount);
    }

    [Theory, MemberData(nameof(Balancers))]
    public void TheSameLoadsGiveTheSameBits(string name) =>
        Assert.Equal(Run(name, [Loads(0), Loads(1), Loads(2)]), Run(name, [Loads(0), Loads(1), Loads(2)]));

    [Theory, MemberData(nameof(Moving))]
    public void AStarvedExpertRisesAndAFloodedOneFalls(string name)
    {
        var bias = Run(name, [Loads(0), Loads(1), Loads(2)]);
        Assert.True(bias[0] > bias[E - 1]);
    }

    // The histogram's range spans the biases of all layers, so another layer may move the edges of the bins.
    private static double Tolerance(string name) => name.StartsWith("quantile", StringComparison.Ordinal) ? 5e-3 : 0;

    private static IBalancer Create(string name)
    {
        var options = new JsonObject();
        foreach (var option in name.Split(' ').Skip(1).Select(o => o.Split('=')))
            options[option[0]] = double.TryParse(option[1], System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : option[1];
        return Catalog.Create<IBalancer>(new PluginChoice(name.Split(' ')[0], options), "balancer");
    }

    private static float[] Run(string name, float[][][] scores)
    {
        using var scope = torch.NewDisposeScope();
        var balancer = Create(name);
        using var state = balancer.CreateState(L, E);
        for (var step = 1; step <= 3; step++)
            balancer.Update(Stats(scores[0], scores[1], scores[2], state.Bias_LE), state, new StepInfo(step, 9, 0));
        return Floats(state.Bias_LE);
    }

    /// <summary>Scores of 64 tokens that prefer late experts.</summary>
    private static float[][] Loads(int seed)
    {
        var values = MoELab.Tests.Routing.RouterKit.Random(64, E, $"loads {seed}", 0.1);
        return [.. Enumerable.Range(0, 64).Select(t => Enumerable.Range(0, E).Select(e => Math.Clamp(0.3f + (0.05f * e) + values[t, e], 0, 1)).ToArray())];
    }

    private static RoutingStats Stats(float[][]? first, float[][]? second, float[][]? third, Tensor? bias_LE = null)
    {
        bias_LE ??= torch.zeros(L, E);
        var counts_LE = torch.zeros(L, E, torch.ScalarType.Int64);
        var builder = new MarginHistogramBuilder(bias_LE, K);
        using var margins = new MarginCollector(bias_LE, K);
        float[][]?[] layers = [first, second, third];
        for (var l = 0; l < L; l++)
        {
            if (layers[l] is not { } rows)
                continue;
            var scores_TE = torch.tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, E]);
            builder.Add(l, scores_TE);
            margins.Add(l, scores_TE);
            counts_LE[l] = torch.bincount(TopK.Select(scores_TE, bias_LE[l], K).reshape(-1), minlength: E);
        }
        return new RoutingStats(counts_LE, 64, K, builder.Build()) { Margins = margins.Build(new MoELab.Parallel.SingleProcess()) };
    }

    private static float[] Floats(Tensor tensor) => HostMemory.Copy<float>(tensor, torch.ScalarType.Float32);
}
