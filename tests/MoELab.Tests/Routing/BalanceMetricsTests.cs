using MoELab.Routing;
using MoELab.Routing.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Tests.Routing;

public sealed class BalanceMetricsTests
{
    private static readonly long[,] Counts = { { 4, 3, 1, 8 }, { 4, 4, 4, 4 }, { 16, 0, 0, 0 }, { 0, 0, 0, 0 } };

    [Fact]
    public void LoadsHaveTheirDefinedValues()
    {
        Near([1, 0, 3, 0], BalanceMetrics.MaxVio(Counts));
        Near([0.25, 1, 0, 0], BalanceMetrics.LoadPercentile(Counts, 0));
        Near([0.875, 1, 0, 0], BalanceMetrics.LoadPercentile(Counts, 50));
        Near([2, 1, 4, 0], BalanceMetrics.LoadPercentile(Counts, 100));
        Assert.Equal([0, 0, 3, 0], BalanceMetrics.DeadExperts(Counts));
    }

    [Fact]
    public void NormsAreEuclidean() => Near([5, 1], HostArrays.RowNorms(new float[,] { { 3, 4 }, { 0, 1 } }));

    [Fact]
    public void ScoresHaveTheirDefinedValues()
    {
        using var scope = torch.NewDisposeScope();
        var (router, scores_TE) = (RouterKit.Create("sigmoid-top-k"), torch.tensor(new[,] { { 0.5f, 0.5f, 0.5f, 0.5f }, { 0f, 0.995f, 0f, 0f } }));
        var metrics = ScoreMetrics.Of(router, Output(scores_TE, 1), torch.tensor(new[] { 0f, 0.2f, 0f, 0f }), 1);
        Assert.Equal(0.5, metrics.Entropy, 1e-6);
        Assert.Equal((0.2 + 1.195) / 2, metrics.Margin, 1e-6);
        Assert.Equal(0.5, metrics.Saturated, 1e-6);
    }

    [Theory, InlineData(40, 9, 2), InlineData(5, 4, 4), InlineData(3, 1, 1)]
    public void A_devices_figures_of_scores_are_the_hosts(int tokens, int experts, int k)
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.sigmoid(torch.tensor(RouterKit.Random(tokens, experts, "figures", 4)));
        scores_TE[1].zero_();
        var bias_E = torch.linspace(-0.1, 0.1, experts);
        var (router, output) = (RouterKit.Create("sigmoid-top-k"), Output(scores_TE, k));
        var host = ScoreMetrics.Of(router, output, bias_E, k);
        Near([host.Entropy, host.Margin, host.Saturated], ScoreMetrics.Measure(router, output, bias_E, k).data<double>().ToArray(), 1e-6);
        Assert.Equal(k >= experts, double.IsNaN(host.Margin));
        Assert.Equal(experts == 1, double.IsNaN(host.Entropy));
    }

    private static RouterOutput Output(Tensor scores_TE, int k) => new(scores_TE, RouterChoice.FromTopK(TopK.Select(scores_TE, null, k)), torch.zeros(scores_TE.shape[0] * k));

    private static void Near(double[] expected, double[] actual, double tolerance = 1e-12) =>
        Assert.All(expected.Zip(actual), pair => Assert.True(double.IsNaN(pair.First) ? double.IsNaN(pair.Second) : Math.Abs(pair.First - pair.Second) <= tolerance, $"{pair.First} and {pair.Second}"));
}
