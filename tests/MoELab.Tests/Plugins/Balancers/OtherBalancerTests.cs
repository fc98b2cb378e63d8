using MoELab.Plugins.Proportional;
using MoELab.Plugins.Quantile;
using MoELab.Plugins.SignBias;
using MoELab.Routing;
using MoELab.Routing.Balancing;

namespace MoELab.Tests.Plugins.Balancers;

public sealed class OtherBalancerTests
{
    [Theory]
    [InlineData(SignBiasVariant.Plain, 0, 0.1, 0.1, -0.1)]
    [InlineData(SignBiasVariant.CentredUpdate, -0.025, 0.075, 0.075, -0.125)]
    [InlineData(SignBiasVariant.CentredBias, -0.025, 0.075, 0.075, -0.125)]
    public void SignBiasVectors(SignBiasVariant variant, double first, double second, double third, double fourth)
    {
        double[] expected = [first, second, third, fourth];
        var bias = BalancerReplay.Run(new SignBias(new SignBiasOptions { Gamma = 0.1, Variant = variant }), [[4, 3, 1, 8]])[0];
        Assert.All(expected.Zip(bias), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    [Theory]
    [InlineData(SignBiasSchedule.Constant, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)]
    [InlineData(SignBiasSchedule.Constant, 0.5, 0.0, 0.5, 1.0, 1.0, 1.0)]
    [InlineData(SignBiasSchedule.Constant, 1.0, 0.0, 0.25, 0.5, 0.75, 1.0)]
    [InlineData(SignBiasSchedule.Cosine, 0.0, 0.0, 1.0, 0.853553, 0.5, 0.146447)]
    [InlineData(SignBiasSchedule.Cosine, 0.0, 0.2, 1.0, 0.882843, 0.6, 0.317157)]
    [InlineData(SignBiasSchedule.Cosine, 0.5, 0.0, 0.5, 1.0, 1.0, 0.5)]
    public void SignBiasFollowsItsSchedule(SignBiasSchedule schedule, double warmup, double final, params double[] factors)
    {
        var balancer = new SignBias(new SignBiasOptions { Gamma = 0.1, Schedule = schedule, Warmup = warmup, Final = final });
        long[] loads = [4, 3, 1, 8];
        var bias = BalancerReplay.Run(balancer, [.. factors.Select(_ => loads)]);
        for (var step = 0; step < factors.Length; step++)
            Assert.Equal(0.1 * factors.Take(step + 1).Sum(), bias[step][2] - bias[step][0], 1e-6);
    }

    [Fact]
    public void ProportionalVector()
    {
        var bias = BalancerReplay.Run(new Proportional(new ProportionalOptions { Gamma = 2 }), [[4, 3, 1, 8]])[0];
        Assert.All(new[] { 4, 3, 1, 8 }.Zip(bias), pair => Assert.Equal(2 * (0.25 - (pair.First / 16.0)), pair.Second, 1e-7));
    }

    [Fact]
    public void QuantileFollowsItsDefinitionWithinABin()
    {
        using var scope = torch.NewDisposeScope();
        const int T = 400, E = 8, K = 2;
        var scores_TE = torch.sigmoid(torch.tensor(MoELab.Tests.Routing.RouterKit.Random(T, E, "quantile")) + torch.linspace(-1, 1, E));
        var builder = new MarginHistogramBuilder(torch.zeros(1, E), K);
        builder.Add(0, scores_TE);
        IBalancer balancer = new Quantile(new QuantileOptions());
        using var state = balancer.CreateState(1, E);
        balancer.Update(new RoutingStats(torch.zeros(1, E, torch.ScalarType.Int64), T, K, builder.Build()), state, default);

        var margins = new double[E, T];
        for (var t = 0; t < T; t++)
        {
            var row = Enumerable.Range(0, E).Select(e => scores_TE[t, e].item<float>()).ToArray();
            for (var e = 0; e < E; e++)
                margins[e, t] = row.OrderDescending().ElementAt(K) - row[e];
        }
        var wanted = Enumerable.Range(0, E).Select(e => Enumerable.Range(0, T).Select(t => margins[e, t]).Order().ElementAt((T * K / E) - 1)).ToArray();
        for (var e = 0; e < E; e++)
            Assert.Equal(wanted[e] - wanted.Average(), state.Bias_LE[0, e].item<float>(), 5e-3);
    }

    [Fact]
    public void QuantileBalancesASkewedRouter()
    {
        using var scope = torch.NewDisposeScope();
        const int E = 16, K = 4;
        var scores_TE = torch.sigmoid(torch.tensor(MoELab.Tests.Routing.RouterKit.Random(2000, E, "skew", 0.5)) + torch.linspace(-1, 1, E));
        IBalancer balancer = new Quantile(new QuantileOptions());
        using var state = balancer.CreateState(1, E);
        var before = MaxVio();
        for (var step = 0; step < 6; step++)
        {
            var builder = new MarginHistogramBuilder(state.Bias_LE, K);
            builder.Add(0, scores_TE);
            balancer.Update(new RoutingStats(torch.zeros(1, E, torch.ScalarType.Int64), 2000, K, builder.Build()), state, default);
        }
        Assert.True(before > 1 && MaxVio() < 0.15, $"MaxVio went from {before} to {MaxVio()}");

        double MaxVio()
        {
            var counts = TopK.Select(scores_TE, state.Bias_LE[0], K).data<long>().ToArray().CountBy(e => e).Max(c => c.Value);
            return (counts / (2000.0 * K / E)) - 1;
        }
    }

    [Fact]
    public void ReplayRefusesWhatItCannotSupply()
    {
        Assert.Contains("ScoreHistogram", Assert.Throws<InputException>(() => BalancerReplay.Run(new Quantile(new QuantileOptions()), [[1, 2]])).Message);
        var sign = new SignBias(new SignBiasOptions());
        Assert.Contains("loads[1]", Assert.Throws<InputException>(() => BalancerReplay.Run(sign, [[1, 2], [1, 2, 3]])).Message);
        Assert.Contains("loads[0][1]", Assert.Throws<InputException>(() => BalancerReplay.Run(sign, [[1, -2]])).Message);
        Assert.Empty(BalancerReplay.Run(sign, []));
    }
}
