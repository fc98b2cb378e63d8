using MoELab.Interop.Torch;
using MoELab.Routing.Routers;

namespace MoELab.Tests.Routing;

/// <summary>Each router against plain loops over doubles.</summary>
[Trait("bug", "selection")]
public sealed class RouterOracleTests
{
    private const int T = 40, E = 16, K = 3;
    private const double Scale = 2.5;
    private static readonly float[,] Logits = RouterKit.Random(T, E, "oracle");
    private static readonly float[] Bias = [.. Enumerable.Range(0, E).Select(e => RouterKit.Random(1, E, "bias", 0.1)[0, e])];

    [Fact]
    public void SigmoidTopK() => Check("sigmoid-top-k", null, t =>
    {
        var s = Row(t).Select(Sigmoid).ToArray();
        return Weighed(Best(s.Zip(Bias, (a, b) => a + b), K), s, normalise: true);
    });

    [Fact]
    public void SigmoidTopKWithoutNormalising() => Check("sigmoid-top-k", new SigmoidTopKOptions { Normalise = false }, t =>
    {
        var s = Row(t).Select(Sigmoid).ToArray();
        return Weighed(Best(s.Zip(Bias, (a, b) => a + b), K), s, normalise: false);
    });

    [Fact]
    public void SigmoidTopKThatComparesLogits() => Check("sigmoid-top-k", new SigmoidTopKOptions { Compare = RouterComparison.Logit }, t =>
        Weighed(Best(Row(t).Zip(Bias, (a, b) => a + b), K), [.. Row(t).Select(Sigmoid)], normalise: true));

    [Fact]
    public void ComparingLogitsChoosesAsScoresDoUntilThereIsABias()
    {
        using var scope = torch.NewDisposeScope();
        var (scores, logits) = (RouterKit.Create("sigmoid-top-k"), RouterKit.Create("sigmoid-top-k", new SigmoidTopKOptions { Compare = RouterComparison.Logit }));
        Assert.Equal((ScoreKind.Sigmoid, ScoreKind.Logit), (scores.SelectionKind, logits.SelectionKind));
        long[] Chosen(IRouter router, Tensor? bias_E) => router.Route(RouterKit.Input(torch.tensor(Logits), bias_E, K)).Choice.Expert_N.data<long>().ToArray();
        Assert.Equal(Chosen(scores, null), Chosen(logits, null));
        Assert.NotEqual(Chosen(scores, torch.tensor(Bias)), Chosen(logits, torch.tensor(Bias)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SoftmaxTopK(bool renormalise) => Check("softmax-top-k", new SoftmaxTopKOptions { Renormalise = renormalise }, t =>
    {
        var s = Softmax(Row(t));
        return Weighed(Best(s.Zip(Bias, (a, b) => a + b), K), s, renormalise);
    });

    [Fact]
    public void TopKSoftmax() => Check("top-k-softmax", null, t =>
        Weighed(Best(Row(t).Zip(Bias, (a, b) => a + b), K), [.. Row(t).Select(Math.Exp)], normalise: true));

    [Fact]
    public void NoisyTopKOutsideTraining() => Check("noisy-top-k", null, t =>
        Weighed(Best(Row(t).Zip(Bias, (a, b) => a + b), K), [.. Row(t).Select(Math.Exp)], normalise: true), training: false);

    [Fact]
    public void GroupLimited() => Check("group-limited", new GroupLimitedOptions { Groups = 4, KeptGroups = 2 }, t =>
    {
        var s = Row(t).Select(Sigmoid).ToArray();
        var biased = s.Zip(Bias, (a, b) => a + b).ToArray();
        var groups = Enumerable.Range(0, 4).Select(g => biased.Skip(g * 4).Take(4).OrderDescending().Take(2).Sum());
        var kept = Best(groups, 2);
        var open = biased.Select((b, e) => kept.Contains(e / 4) ? b : double.NegativeInfinity);
        return Weighed(Best(open, K), s, normalise: true);
    });

    [Fact]
    public void ByDomainTakesTheBestOfItsDomainsExperts() => Check("by-domain", null, t =>
    {
        var s = Row(t).Select(Sigmoid).ToArray();
        var open = s.Select((score, e) => e / 4 == t * 5 % 4 ? score + Bias[e] : double.NegativeInfinity);
        return Weighed(Best(open, K), s, normalise: true);
    });

    [Fact]
    public void ReMoeUsesEveryPositiveExpert() => Check("remoe", null, t =>
        [.. Enumerable.Range(0, E).Where(e => Logits[t, e] > 0).Select(e => (e, (double)Logits[t, e] * Scale))]);

    [Fact]
    public void UniformTakesTurns() => Check("uniform", new UniformRouterOptions { Gate = GateRule.Uniform }, t =>
        [.. Enumerable.Range(0, K).Select(j => (((t * K) + j) % E, Scale / K))]);

    [Fact]
    public void ForcedSendsItsShareToItsExperts() => Check("forced", new ForcedRouterOptions { Expert = 15, Share = 0.5 }, t =>
    {
        var s = Row(t).Select(Sigmoid).ToArray();
        return Weighed(t % 2 == 1 ? [15, 0, 1] : Best(s.Zip(Bias, (a, b) => a + b), K), s, normalise: true);
    });

    [Fact]
    public void ExpertChoiceTakesTheBestTokens()
    {
        var scores = Enumerable.Range(0, T).Select(t => Softmax(Row(t))).ToArray();
        var capacity = T * K / E;
        var taken = Enumerable.Range(0, E).Select(e => Best(scores.Select(s => s[e]), capacity)).ToArray();
        Check("expert-choice", null, t => [.. Enumerable.Range(0, E).Where(e => taken[e].Contains(t)).Select(e => (e, scores[t][e] * Scale))]);
    }

    [Fact]
    public void HashDependsOnTheIdAndTheLayerAlone()
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create("hash");
        var input = RouterKit.Input(torch.tensor(Logits), k: K);
        var byId = Rows(router.Route(input)).Zip(input.Ids_T.data<long>().ToArray()).GroupBy(x => x.Second, x => string.Join(",", x.First.Select(c => c.Expert)));
        Assert.All(byId, g => Assert.Single(g.Distinct()));
        Assert.True(byId.Select(g => g.First()).Distinct().Count() > 5);
        var other = Rows(router.Route(input with { Layer = 2 }));
        Assert.NotEqual(Rows(router.Route(input)).SelectMany(r => r), other.SelectMany(r => r));
    }

    [Fact]
    public void SinkhornPlanHasUniformMarginals()
    {
        using var scope = torch.NewDisposeScope();
        var plan_TE = new Sinkhorn(new SinkhornOptions { Tolerance = 1e-6, MaxIterations = 1000 }).Plan(torch.tensor(Logits));
        Assert.All(plan_TE.sum([1]).data<float>().ToArray(), m => Assert.Equal(1, m, 1e-5));
        Assert.All(plan_TE.sum([0]).data<float>().ToArray(), m => Assert.Equal((double)T / E, m, 1e-4));
        var output = RouterKit.Create("sinkhorn").Route(RouterKit.Input(torch.tensor(Logits), k: K));
        var expected = Enumerable.Range(0, T).Select(t => Best(Enumerable.Range(0, E).Select(e => (double)plan_TE[t, e].item<float>()), K));
        Assert.Equal(expected.SelectMany(x => x), Rows(output).SelectMany(r => r.Select(c => c.Expert)));
    }

    [Fact]
    public void SinkhornSurvivesExtremeLogits()
    {
        using var scope = torch.NewDisposeScope();
        var output = RouterKit.Create("sinkhorn").Route(RouterKit.Input(torch.tensor(RouterKit.Random(T, E, "extreme", 900))));
        Assert.All(output.Selection_TE!.data<float>().ToArray(), p => Assert.True(float.IsFinite(p)));
    }

    [Fact]
    public void ReMoePenaltyAndCoefficientFollowTheirFormulas()
    {
        using var scope = torch.NewDisposeScope();
        var router = new ReMoe(new ReMoeOptions());
        var input = RouterKit.Input(torch.tensor(Logits), k: K);
        double expected = 0;
        for (var e = 0; e < E; e++)
        {
            var column = Enumerable.Range(0, T).Select(t => Math.Max(0, (double)Logits[t, e])).ToArray();
            expected += 0.25 / 3 * ((double)E / (K * T) * column.Count(r => r > 0)) * column.Average();
        }
        Assert.Equal(expected, router.Route(input).Penalty!.item<float>(), 1e-5);
        Assert.Null(router.Route(input with { Training = false }).Penalty);

        using var state = router.CreateState(2, 8);
        Assert.Equal(0, state["lambda"][0, 0].item<float>());
        router.Update(new RoutingStats(torch.full([2, 8], 10L), 20, 2), state, new StepInfo(1, 1000, 0));
        Assert.Equal(1e-8f, state["lambda"][0, 0].item<float>());
        router.Update(new RoutingStats(torch.full([2, 8], 10L), 20, 2), state, default);
        Assert.Equal(1.2e-8, state["lambda"][1, 3].item<float>(), 1e-14);
        router.Update(new RoutingStats(torch.full([2, 8], 1L), 20, 2), state, default);
        router.Update(new RoutingStats(torch.zeros(2, 8, torch.ScalarType.Int64), 0, 2), state, default);
        Assert.Equal(1e-8, state["lambda"][0, 0].item<float>(), 1e-14);
    }

    // 0.02 / 1.2^(n / 10) of the n steps left; the paper's from 800 on; a coefficient that is named is taken as it is.
    [Theory]
    [InlineData(0, 1, 301, 8.4254e-5)]
    [InlineData(0, 201, 301, 3.2301e-3)]
    [InlineData(0, 1, 801, 1e-8)]
    [InlineData(0, 1, 60_000, 1e-8)]
    [InlineData(1e-8, 1, 301, 1.2e-8)]
    public void ReMoeBeginsSoThatItsPenaltyMattersAfterATenthOfTheRun(double lambda0, int step, int steps, double expected)
    {
        using var scope = torch.NewDisposeScope();
        var router = new ReMoe(new ReMoeOptions { Lambda0 = lambda0 });
        using var state = router.CreateState(2, 8);
        router.Update(new RoutingStats(torch.full([2, 8], 10L), 20, 2), state, new StepInfo(step, steps, 0));
        Assert.Equal(1, state["lambda"][1, 7].item<float>() / expected, 1e-4);
    }

    [Fact]
    public void GroupsThatDoNotFitAreOneSentence()
    {
        using var scope = torch.NewDisposeScope();
        var input = RouterKit.Input(torch.tensor(Logits), k: 5);
        Assert.Contains("groups: 3", Assert.Throws<InputException>(() => RouterKit.Create("group-limited", new GroupLimitedOptions { Groups = 3, KeptGroups = 1 }).Route(input)).Message);
        Assert.Contains("kept_groups: 1", Assert.Throws<InputException>(() => RouterKit.Create("group-limited", new GroupLimitedOptions { Groups = 4, KeptGroups = 1 }).Route(input)).Message);
    }

    private static void Check(string name, object? options, Func<int, (int Expert, double Gate)[]> oracle, bool training = true)
    {
        using var scope = torch.NewDisposeScope();
        var rows = Rows(RouterKit.Create(name, options).Route(RouterKit.Input(torch.tensor(Logits), torch.tensor(Bias), K, training)));
        for (var t = 0; t < T; t++)
        {
            var expected = oracle(t);
            Assert.Equal(expected.Select(c => c.Expert), rows[t].Select(c => c.Expert));
            Assert.All(expected.Zip(rows[t]), pair => Assert.Equal(pair.First.Gate, pair.Second.Gate, 2e-6));
        }
    }

    private static (int Expert, float Gate)[][] Rows(RouterOutput output)
    {
        var (tokens, experts) = (HostMemory.Copy<long>(output.Choice.Token_N, torch.ScalarType.Int64), HostMemory.Copy<long>(output.Choice.Expert_N, torch.ScalarType.Int64));
        var gates = HostMemory.Copy<float>(output.Gates_N, torch.ScalarType.Float32);
        return [.. Enumerable.Range(0, T).Select(t => Enumerable.Range(0, tokens.Length).Where(n => tokens[n] == t).Select(n => ((int)experts[n], gates[n])).ToArray())];
    }

    private static (int, double)[] Weighed(int[] chosen, double[] s, bool normalise) =>
        [.. chosen.Select(e => (e, s[e] / (normalise ? chosen.Sum(c => s[c]) : 1) * Scale))];

    private static int[] Best(IEnumerable<double> values, int k) =>
        [.. values.Select((v, i) => (v, i)).OrderByDescending(x => x.v).ThenBy(x => x.i).Take(k).Select(x => x.i)];

    private static double[] Row(int t) => [.. Enumerable.Range(0, E).Select(e => (double)Logits[t, e])];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Softmax(double[] z) => [.. z.Select(x => Math.Exp(x) / z.Sum(Math.Exp))];
}
