using FsCheck;
using FsCheck.Fluent;
using MoELab.Plugins.SignBias;
using MoELab.Plugins.Smebu;
using MoELab.Routing.Balancing;

namespace MoELab.Tests.Plugins.Balancers;

/// <summary>The properties of SMEBU, each for any loads.</summary>
public sealed class SmebuTests
{
    private const int E = 8;
    private const double Lambda = 0.01;
    private static readonly SmebuOptions Options = new() { Lambda = Lambda };

    private static Arbitrary<long[][]> Traces => Gen.Choose(0, 300).Select(n => (long)n).ArrayOf(E).ArrayOf(6).ToArbitrary();

    [Fact]
    public void HandComputedVector()
    {
        var biases = BalancerReplay.Run(new Smebu(new SmebuOptions { Lambda = 0.1, Kappa = 2, Beta = 0.5 }), [[4, 3, 1, 8], [4, 3, 1, 8]]);
        double[][] expected = [[-0.005040473, 0.018065385, 0.040216940, -0.053241852], [-0.012601182, 0.045163462, 0.100542349, -0.133104630]];
        for (var t = 0; t < 2; t++)
            Assert.All(expected[t].Zip(biases[t]), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    [Fact]
    public void TheSumOfTheBiasesStaysZero() => Check(Traces, loads =>
        Replay(loads).All(b => Math.Abs(b.Sum()) < 1e-6));

    [Fact]
    public void CountingEverythingTwiceChangesNothing() => Check(Traces, loads =>
        Near(Replay(loads), Replay(loads.Select(row => row.Select(n => 2 * n).ToArray()))));

    [Fact]
    public void KnowsNoOrderOfExperts() => Check(Traces, loads =>
        Near(Replay(loads).Select(b => b.Reverse().ToArray()), Replay(loads.Select(row => row.Reverse().ToArray()))));

    [Fact]
    public void NoStepIsLargerThanItsBound() => Check(Traces, loads =>
    {
        var biases = Replay(loads).Prepend(new double[E]).ToArray();
        return biases.Skip(1).Zip(biases, (after, before) => after.Zip(before, (a, b) => Math.Abs(a - b)).Max())
            .All(step => step <= (2 * Lambda * (1 - (1.0 / E))) + 1e-7);
    });

    [Fact]
    public void UnderBalanceOnlyTheOldMomentumDriftsAndFades() => Check(Traces, loads =>
    {
        var flat = Enumerable.Repeat(5L, E).ToArray();
        var biases = Replay(loads.Concat(Enumerable.Repeat(flat, 3))).TakeLast(4).ToArray();
        return Enumerable.Range(0, E).All(e =>
            Math.Abs(((biases[1][e] - biases[0][e]) * 0.5) - (biases[2][e] - biases[1][e])) < 1e-7
            && Math.Abs(((biases[2][e] - biases[1][e]) * 0.5) - (biases[3][e] - biases[2][e])) < 1e-7);
    });

    [Fact]
    public void WithoutMomentumAndWithASharpClampItIsTheCentredSign() => Check(Traces, loads =>
        Near(
            BalancerReplay.Run(new Smebu(new SmebuOptions { Lambda = Lambda, Kappa = 1e6, Beta = 0 }), loads),
            BalancerReplay.Run(new SignBias(new SignBiasOptions { Gamma = Lambda, Variant = SignBiasVariant.CentredUpdate }), loads)));

    [Fact]
    public void AStepWithoutTokensIsNoStep() => Check(Traces, loads =>
    {
        var pauses = loads.SelectMany(row => new[] { row, new long[E] });
        return Near(Replay(loads), Replay(pauses).Where((_, t) => t % 2 == 0));
    });

    [Fact]
    public void ADeadExpertSaturatesBelowOneAndAnOverloadedOneAtOne()
    {
        var options = new SmebuOptions { Lambda = 1, Kappa = 2, Beta = 0 };
        long[] loads = [0, .. Enumerable.Repeat(0L, 62), 6400];
        var bias = BalancerReplay.Run(new Smebu(options), [loads])[0];
        Assert.Equal(Math.Tanh(2) + 1, bias[0] - bias[63], 1e-6);
    }

    [Fact]
    [Trait("bug", "resume")]
    public void BiasAndMomentumTogetherContinueATraceExactlyAndTheBiasAloneDoesNot()
    {
        using var scope = torch.NewDisposeScope();
        var balancer = new Smebu(Options);
        var counts_LE = torch.tensor(new long[] { 9, 1, 4, 2 }, [1, 4]);
        using var state = balancer.CreateState(1, 4);
        using var resumed = balancer.CreateState(1, 4);
        using var halved = balancer.CreateState(1, 4);
        balancer.Update(new RoutingStats(counts_LE, 16, 1), state, default);
        Assert.Empty(resumed.CopyFrom(state));
        halved.Bias_LE.copy_(state.Bias_LE);
        foreach (var s in new[] { state, resumed, halved })
            balancer.Update(new RoutingStats(counts_LE, 16, 1), s, default);
        Assert.Equal(state.Bias_LE.data<float>().ToArray(), resumed.Bias_LE.data<float>().ToArray());
        Assert.NotEqual(state.Bias_LE.data<float>().ToArray(), halved.Bias_LE.data<float>().ToArray());
    }

    private static IReadOnlyList<double[]> Replay(IEnumerable<long[]> loads) => BalancerReplay.Run(new Smebu(Options), [.. loads]);

    private static bool Near(IEnumerable<double[]> a, IEnumerable<double[]> b) =>
        a.Zip(b).All(pair => pair.First.Zip(pair.Second).All(x => Math.Abs(x.First - x.Second) < 1e-6));

    private static void Check(Arbitrary<long[][]> traces, Func<long[][], bool> holds) => Prop.ForAll(traces, holds).QuickCheckThrowOnFailure();
}
