using MoELab.Interop.Torch;
using MoELab.Plugins.Quantile;
using MoELab.Routing;
using MoELab.Routing.Balancing;
using MoELab.Tests.Routing;

namespace MoELab.Tests.Plugins.Balancers;

/// <summary>The quantile balancer against exact quantiles of sorted margins, for every router that chooses by a comparison.</summary>
public sealed class QuantileTests
{
    private const int T = 2000, E = 16, K = 4, Steps = 8;

    public static MatrixTheoryData<string, double> RoutersAndScales =>
        new([.. RouterKit.Names.Where(n => RouterKit.Create(n) is { SelectionKind: not ScoreKind.None, ChoosesAmongAll: true })], [0.01, 1, 8]);

    [Theory, MemberData(nameof(RoutersAndScales))]
    public void The_bins_fit_what_the_router_chooses_by(string name, double scale)
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create(name);
        var logits_TE = (torch.tensor(RouterKit.Random(T, E, "skew", 0.5)) + torch.linspace(-1, 1, E)) * scale;
        IBalancer balancer = new Quantile(new QuantileOptions());
        using var binned = balancer.CreateState(1, E);
        using var exact = balancer.CreateState(1, E);
        for (var step = 0; step < Steps; step++)
        {
            using var turn = torch.NewDisposeScope();
            var builder = new MarginHistogramBuilder(binned.Bias_LE, K);
            builder.Add(0, Compared(binned));
            var histogram = builder.Build();
            balancer.Update(new RoutingStats(torch.zeros(1, E, torch.ScalarType.Int64), T, K, histogram), binned, default);
            // From the same bias the two agree to a bin.
            var wanted = Exact(Compared(exact), exact.Bias_LE[0]);
            if (step == 0)
            {
                var widest = wanted.Max(Math.Abs) / 16;
                Assert.All(wanted.Zip(binned.Bias_LE[0].data<float>().ToArray()), p => Assert.Equal(p.First, p.Second, (2 * widest) + 1e-6));
            }
            exact.Bias_LE[0].copy_(torch.tensor(wanted).to(torch.ScalarType.Float32));
        }
        var (without, with, best) = (MaxVio(torch.zeros(E)), MaxVio(binned.Bias_LE[0]), MaxVio(exact.Bias_LE[0]));
        Assert.True(with < best + 0.03, $"{name} at scale {scale}: MaxVio {without:0.000} without, {with:0.000} with bins, {best:0.000} with exact quantiles");
        TestContext.Current.SendDiagnosticMessage($"{name} at scale {scale}: MaxVio {without:0.000} without, {with:0.000} with bins, {best:0.000} with exact quantiles");

        RouterOutput Route(Tensor bias_E) => router.Route(RouterKit.Input(logits_TE, bias_E, K));

        Tensor Compared(BalancerState state) => Route(state.Bias_LE[0]) is var output ? output.Selection_TE ?? output.Scores_TE : throw new InvalidOperationException();

        double MaxVio(Tensor bias_E) => (Gates.Count(Route(bias_E).Choice, E).max().item<long>() / ((double)T * K / E)) - 1;
    }

    [Fact]
    public void Every_margin_lies_between_its_bins_edges()
    {
        using var scope = torch.NewDisposeScope();
        var edges = new MarginHistogramBuilder(torch.zeros(1, E), K).Build().Edges_C.data<double>().ToArray();
        Assert.Equal(MarginHistogramBuilder.Bins + 1, edges.Length);
        Assert.All(edges.Zip(edges.Skip(1)), e => Assert.True(e.First < e.Second));
        var stream = new MoELab.Randomness.Philox(1, "margins");
        for (var i = 0; i < 20_000; i++)
        {
            var margin = (float)(Math.Pow(2, (38 * stream.NextDouble()) - 30) * (stream.NextInt(2) == 0 ? 1 : -1));
            var place = MarginHistogramBuilder.Place(margin);
            Assert.InRange(margin, edges[place], edges[place + 1]);
        }
        Assert.Equal(0, edges[MarginHistogramBuilder.Place(0)]);
        Assert.Equal(MarginHistogramBuilder.Bins - 1, MarginHistogramBuilder.Place(1e9f));
        Assert.Equal(0, MarginHistogramBuilder.Place(-1e9f));
    }

    [Theory, InlineData("hash"), InlineData("uniform"), InlineData("remoe"), InlineData("expert-choice"), InlineData("forced"), InlineData("group-limited")]
    public void A_router_that_does_not_choose_by_one_comparison_is_refused(string router)
    {
        var recipe = ((Recipe)"lab-tiny").With("balancer", "quantile").With("router", router);
        var sentence = Assert.Throws<InputException>(() => MoELab.Plugins.RecipeValidator.Validate(recipe, MoELab.Plugins.PluginCatalog.Discover())).Message;
        Assert.StartsWith("balancer: 'quantile'", sentence, StringComparison.Ordinal);
        Assert.Contains($"'{router}'", sentence, StringComparison.Ordinal);
    }

    // The K/E quantile of each expert's margins, among all tokens, or the largest of those in reach where they are fewer; centred.
    internal static double[] Exact(Tensor compared_TE, Tensor bias_E)
    {
        var (scores, bias) = (HostMemory.Copy<float>(compared_TE, torch.ScalarType.Float32), HostMemory.Copy<float>(bias_E, torch.ScalarType.Float32));
        var margins = Enumerable.Range(0, E).Select(_ => new List<double>()).ToArray();
        for (var t = 0; t < T; t++)
        {
            var cutoff = Enumerable.Range(0, E).Select(e => (double)scores[(t * E) + e] + bias[e]).OrderDescending().ElementAt(K);
            for (var e = 0; e < E; e++)
            {
                if (float.IsFinite(scores[(t * E) + e]))
                    margins[e].Add(cutoff - scores[(t * E) + e]);
            }
        }
        var quantiles = margins.Select(m => m.Order().ElementAt(Math.Min(T * K / E, m.Count) - 1)).ToArray();
        return [.. quantiles.Select(q => q - quantiles.Average())];
    }
}
