using MoELab.Interop.Torch;
using MoELab.Routing.Metrics;

namespace MoELab.Tests.Routing;

/// <summary>The margin is that of the comparison which the router really makes, and a figure that says nothing of a router is NaN.</summary>
public sealed class RouterMarginTests
{
    private const int T = 6, E = 8, K = 2;

    public static TheoryData<string> Comparing => [.. RouterKit.Names.Where(n => RouterKit.Create(n).SelectionKind != ScoreKind.None && n is not ("group-limited" or "by-domain"))];

    public static TheoryData<string> Others => [.. RouterKit.Names.Where(n => RouterKit.Create(n).SelectionKind == ScoreKind.None && n != "replay")];

    [Fact]
    public void Every_router_says_what_it_scores_and_chooses_by() => Assert.Equal(
    [
        "by-domain: Sigmoid, Sigmoid", "expert-choice: Probability, None", "expert-threshold: Sigmoid, None", "forced: Sigmoid, None", "group-limited: Sigmoid, Sigmoid", "hash: None, None", "noisy-top-k: Probability, Logit", "remoe: Rectified, None",
        "replay: Sigmoid, None", "sigmoid-top-k: Sigmoid, Sigmoid", "sinkhorn: Sigmoid, Probability", "softmax-top-k: Probability, Probability", "top-k-softmax: Probability, Logit",
        "uniform: Sigmoid, None",
    ], RouterKit.Names.Order(StringComparer.Ordinal).Select(n => $"{n}: {RouterKit.Create(n).ScoreKind}, {RouterKit.Create(n).SelectionKind}"));

    /// <summary>Lowering the chosen experts of a token by less than its margin keeps the choice, by more changes it: found by halving, from choices alone.</summary>
    [Theory, MemberData(nameof(Comparing))]
    public void The_margin_is_what_the_chosen_can_lose_before_the_choice_changes(string name)
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create(name);
        var logits_TE = torch.tensor(RouterKit.Random(T, E, "margin", 2));
        var bias = HostMemory.Copy<float>(torch.linspace(-0.3, 0.3, E), torch.ScalarType.Float32);
        var output = Route(bias);
        var expected = Enumerable.Range(0, T).Average(t =>
        {
            var chosen = Chosen(output, t);
            double low = 0, high = 40;
            while (high - low > 1e-5)
            {
                var middle = (low + high) / 2;
                var lowered = bias.Select((b, e) => chosen.Contains(e) ? (float)(b - middle) : b).ToArray();
                (low, high) = Chosen(Route(lowered), t).SetEquals(chosen) ? (middle, high) : (low, middle);
            }
            return low;
        });
        var metrics = ScoreMetrics.Of(router, output, torch.tensor(bias), K);
        Assert.Equal(expected, metrics.Margin, 1e-4);
        Assert.Equal(metrics.Margin, ScoreMetrics.Measure(router, output, torch.tensor(bias), K).data<double>()[1], 1e-5);

        RouterOutput Route(float[] bias_E) => router.Route(RouterKit.Input(logits_TE, torch.tensor(bias_E), K));
    }

    [Fact]
    public void Groups_out_of_reach_are_not_compared()
    {
        using var scope = torch.NewDisposeScope();
        // Group 0 holds 3.0 and 2.0, group 1 holds 2.9 and -5: the third best of all is out of reach.
        var logits_TE = torch.tensor(new[,] { { 3f, 2f, 1f, -1f, 2.9f, -5f, -5f, -5f } });
        var router = RouterKit.Create("group-limited", new { groups = 2, kept_groups = 1 });
        var output = router.Route(RouterKit.Input(logits_TE, k: K));
        Assert.Equal(Sigmoid(2) - Sigmoid(1), ScoreMetrics.Of(router, output, torch.zeros(E), K).Margin, 1e-6);
        // Four groups of two experts, one kept: nothing is left to be the next.
        var narrow = RouterKit.Create("group-limited", new { groups = 4, kept_groups = 1 });
        Assert.Equal(double.NaN, ScoreMetrics.Of(narrow, narrow.Route(RouterKit.Input(logits_TE, k: K)), torch.zeros(E), K).Margin);
    }

    [Theory, MemberData(nameof(Others))]
    public void A_router_that_does_not_compare_has_no_margin(string name)
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create(name);
        var output = router.Route(RouterKit.Input(torch.tensor(RouterKit.Random(T, E, "margin", 2)), k: K));
        var metrics = ScoreMetrics.Of(router, output, torch.zeros(E), K);
        Assert.Equal(double.NaN, metrics.Margin);
        Assert.Equal(router.ScoreKind == ScoreKind.None, double.IsNaN(metrics.Entropy));
        Assert.Equal(router.ScoreKind != ScoreKind.Sigmoid, double.IsNaN(metrics.Saturated));
        Assert.Equal([metrics.Entropy, metrics.Margin, metrics.Saturated], ScoreMetrics.Measure(router, output, torch.zeros(E), K).data<double>().ToArray().Select(v => v), new Close());
    }

    private static HashSet<int> Chosen(RouterOutput output, int token) =>
        [.. output.Choice.Token_N.data<long>().ToArray().Zip(output.Choice.Expert_N.data<long>().ToArray()).Where(c => c.First == token).Select(c => (int)c.Second)];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private sealed class Close : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => double.IsNaN(x) ? double.IsNaN(y) : Math.Abs(x - y) < 1e-6;

        public int GetHashCode(double value) => 0;
    }
}
