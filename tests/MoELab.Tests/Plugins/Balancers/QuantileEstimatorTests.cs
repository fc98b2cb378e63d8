using MoELab.Parallel;
using MoELab.Plugins.Quantile;
using MoELab.Routing.Balancing;
using MoELab.Tests.Routing;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Plugins.Balancers;

/// <summary>The quantile balancer's estimators against sorted margins, and the bias that is pending for a step.</summary>
public sealed class QuantileEstimatorTests : IDisposable
{
    private const int T = 2000, E = 16, K = 4;
    private readonly TinyRuns _tiny = new();

    public static MatrixTheoryData<string, double> RoutersAndScales => QuantileTests.RoutersAndScales;

    public void Dispose() => _tiny.Dispose();

    [Theory, MemberData(nameof(RoutersAndScales))]
    public void Exact_quantiles_are_the_order_statistics_and_equal_bins_come_within_a_bin(string name, double scale)
    {
        using var scope = torch.NewDisposeScope();
        var logits_TE = (torch.tensor(RouterKit.Random(T, E, "skew", 0.5)) + torch.linspace(-1, 1, E)) * scale;
        var output = RouterKit.Create(name).Route(RouterKit.Input(logits_TE, k: K));
        var compared_TE = output.Selection_TE ?? output.Scores_TE;
        var (exact, bins) = (Updated(compared_TE, QuantileEstimator.Exact), Updated(compared_TE, QuantileEstimator.Bins));
        var wanted = QuantileTests.Exact(compared_TE, torch.zeros(E));
        var spread = Margins(compared_TE) is var m ? m.Max() - m.Min() : 0;
        for (var e = 0; e < E; e++)
        {
            Assert.Equal(wanted[e], exact[e], Math.Max(1e-6, 1e-6 * spread));
            // Two bins: a quantile and the mean of all quantiles may each be off by one.
            Assert.Equal(wanted[e], bins[e], 2 * spread / 10_000);
        }
    }

    [Theory, InlineData("exact", 0.08), InlineData("bins", 0.08), InlineData("log-bins", 0.15)]
    public void Repeated_on_the_same_tokens_every_expert_gets_about_its_share(string estimator, double slack)
    {
        // One step is no fixed point, because cutoffs move with the bias.
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.sigmoid(torch.tensor(RouterKit.Random(T, E, "skew", 0.5)) + torch.linspace(-1, 1, E));
        var options = new QuantileOptions { Estimator = Enum.GetValues<QuantileEstimator>().Single(v => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString()) == estimator) };
        IBalancer balancer = new Quantile(options);
        using var state = balancer.CreateState(1, E);
        for (var step = 0; step < 12; step++)
            balancer.Update(Stats(scores_TE, state.Bias_LE), state, default);
        var loads = MoELab.Routing.TopK.Select(scores_TE, state.Bias_LE[0], K).data<long>().ToArray().CountBy(e => e).Select(c => c.Value / ((double)T * K / E)).ToArray();
        Assert.All(loads, load => Assert.InRange(load, 1 - slack, 1 + slack));
    }

    [Fact]
    public void A_pending_bias_is_used_one_step_later()
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.sigmoid(torch.tensor(RouterKit.Random(T, E, "skew", 0.5)) + torch.linspace(-1, 1, E));
        IBalancer atOnce = new Quantile(new QuantileOptions { Estimator = QuantileEstimator.Exact }), later = new Quantile(new QuantileOptions { Estimator = QuantileEstimator.Exact, Delay = 1 });
        using var first = atOnce.CreateState(1, E);
        using var waiting = later.CreateState(1, E);
        atOnce.Update(Stats(scores_TE, first.Bias_LE), first, default);
        later.Update(Stats(scores_TE, waiting.Bias_LE), waiting, default);
        Assert.Equal(new float[E], Floats(waiting.Bias_LE));
        Assert.Equal(Floats(first.Bias_LE), Floats(waiting["pending"]));
        later.Update(Stats(scores_TE, waiting.Bias_LE), waiting, default);
        Assert.Equal(Floats(first.Bias_LE), Floats(waiting.Bias_LE));
        // The second step was measured under a bias of zero too, so nothing is left to come.
        Assert.All(Floats(waiting["pending"]), p => Assert.Equal(0, p, 1e-6));
    }

    [Fact]
    public void A_bias_taken_over_from_another_balancer_stays_until_there_is_a_new_one()
    {
        using var scope = torch.NewDisposeScope();
        IBalancer balancer = new Quantile(new QuantileOptions { Delay = 1, Estimator = QuantileEstimator.Exact });
        using var old = new BalancerState(1, E);
        old.Bias_LE.copy_(torch.tensor(RouterKit.Random(1, E, "bias", 0.1)));
        using var state = balancer.CreateState(1, E);
        Assert.Empty(state.CopyFrom(old));
        balancer.Update(Stats(torch.rand(T, E), state.Bias_LE), state, default);
        Assert.Equal(Floats(old.Bias_LE), Floats(state.Bias_LE));
    }

    [Theory, InlineData("exact", 1), InlineData("bins", 1), InlineData("log-bins", 1), InlineData("exact", 0), Trait("bug", "resume")]
    public void A_resumed_run_goes_on_with_the_bias_in_force_and_the_pending_one(string estimator, int delay)
    {
        var recipe = _tiny.Recipe.With("balancer", "quantile", new { estimator, delay });
        var whole = _tiny.Train(recipe, "whole");
        var broken = _tiny.Stop(recipe, "broken", 6);
        using (var trainer = Trainer.Resume(broken, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, trainer.Run());
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(broken));
    }

    [Theory, InlineData(0), InlineData(1), Trait("bug", "miscounted-tokens")]
    public void Evaluation_adds_no_margin_and_moves_nothing(int delay)
    {
        var recipe = _tiny.Recipe.With("balancer", "quantile", new { estimator = "exact", delay });
        static string[] Bias(string run) => [.. TinyRuns.Rows(run).Select(r => string.Join(' ', JsonNode.Parse(r)!.AsObject()
            .Where(v => v.Key.StartsWith("bias", StringComparison.Ordinal)).Select(v => $"{v.Key}={v.Value?.ToJsonString()}")))];
        var never = Bias(_tiny.Train(recipe.With("training.eval_every", 0), "never"));
        Assert.Equal(never, Bias(_tiny.Train(recipe.With("training.eval_every", 1), "always")));
        Assert.Equal(never, Bias(_tiny.Train(recipe.With("training.activation_checkpointing", true), "recomputed")));
    }

    [Fact]
    public void Ranks_put_their_margins_after_one_another()
    {
        using var scope = torch.NewDisposeScope();
        var scores_TE = torch.rand(12, E);
        using var together = new MarginCollector(torch.zeros(1, E), K);
        together.Add(0, scores_TE);
        var halves = Enumerable.Range(0, 2).Select(rank =>
        {
            var half = new MarginCollector(torch.zeros(1, E), K);
            half.Add(0, scores_TE.narrow(0, 6 * rank, 6));
            return half;
        }).ToArray();
        var gathered = ThreadGroup.Run(2, group => Floats(halves[group.Rank].Build(group)[0]));
        Assert.All(gathered, floats => Assert.Equal(Floats(together.Build(new SingleProcess())[0]), floats));
        foreach (var half in halves)
            half.Dispose();
    }

    [Fact]
    public void Margins_that_are_missing_are_one_sentence()
    {
        IBalancer balancer = new Quantile(new QuantileOptions { Estimator = QuantileEstimator.Exact });
        using var state = balancer.CreateState(1, E);
        Assert.Contains("needs the margins", Assert.Throws<ArgumentException>(() => balancer.Update(new RoutingStats(state.Bias_LE, T, K), state, default)).Message);
    }

    private static float[] Updated(Tensor compared_TE, QuantileEstimator estimator)
    {
        IBalancer balancer = new Quantile(new QuantileOptions { Estimator = estimator });
        using var state = balancer.CreateState(1, E);
        balancer.Update(Stats(compared_TE, state.Bias_LE), state, default);
        return Floats(state.Bias_LE);
    }

    private static RoutingStats Stats(Tensor compared_TE, Tensor bias_LE)
    {
        var builder = new MarginHistogramBuilder(bias_LE, K);
        builder.Add(0, compared_TE);
        using var margins = new MarginCollector(bias_LE, K);
        margins.Add(0, compared_TE);
        return new RoutingStats(torch.zeros(1, E, torch.ScalarType.Int64), compared_TE.shape[0], K, builder.Build()) { Margins = margins.Build(new SingleProcess()) };
    }

    private static float[] Margins(Tensor compared_TE) => [.. Floats(Stats(compared_TE, torch.zeros(1, E)).Margins![0]).Where(float.IsFinite)];

    private static float[] Floats(Tensor tensor) => MoELab.Interop.Torch.HostMemory.Copy<float>(tensor, torch.ScalarType.Float32);
}
