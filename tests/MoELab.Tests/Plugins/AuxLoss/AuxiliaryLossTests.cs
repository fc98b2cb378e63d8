using MoELab.Interop.Torch;
using MoELab.Plugins;
using MoELab.Routing;
using MoELab.Routing.Routers;
using MoELab.Tests.Routing;

namespace MoELab.Tests.Plugins.AuxLoss;

/// <summary>Each auxiliary loss against plain loops, with finite differences, for routers with K per token and without.</summary>
[Trait("bug", "aux-loss-leak")]
public sealed class AuxiliaryLossTests
{
    private const int T = 24, E = 8, K = 2, S = 3;
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    public static TheoryData<string> Losses() => [.. Catalog.All.Where(p => p.Kind == PluginKind.AuxiliaryLoss).Select(p => p.Name)];

    public static MatrixTheoryData<string, string> LossesAndRouters() =>
        new(["switch", "global-batch", "running-window", "sequence-wise", "router-z", "importance"], ["sigmoid-top-k", "softmax-top-k", "remoe", "expert-choice"]);

    [Fact]
    public void WeightsAreTheFields()
    {
        (string, double)[] expected = [("switch", 1e-2), ("global-batch", 1e-2), ("running-window", 1e-2), ("sequence-wise", 1e-4), ("router-z", 1e-3), ("head-z", 1e-6), ("importance", 0.1), ("load", 0.1)];
        Assert.All(expected, e => Assert.Equal(e.Item2, Create(e.Item1).Weight));
        Assert.Equal(AuxiliaryLossSite.Head, Create("head-z").Site);
        Assert.Equal(0.5, Catalog.Create<IAuxiliaryLoss>(PluginChoice.Of("switch", new { weight = 0.5 }), "losses").Weight);
    }

    [Theory, MemberData(nameof(LossesAndRouters))]
    public void AgreesWithPlainLoops(string loss, string router)
    {
        using var scope = torch.NewDisposeScope();
        var logits = RouterKit.Random(T, E, "aux");
        var input = Input(torch.tensor(logits), router);
        Assert.Equal(Oracle(loss, logits, input), Create(loss).Compute(input).item<float>(), 2e-5);
    }

    [Theory, MemberData(nameof(LossesAndRouters))]
    public void HasTheGradientOfFiniteDifferencesAtAFixedChoice(string loss, string router)
    {
        using var scope = torch.NewDisposeScope();
        var values = RouterKit.Random(T, E, "aux");
        var logits_TE = torch.tensor(values, requires_grad: true);
        var input = Input(logits_TE, router);
        var choice = input.Router!.Choice;
        Create(loss).Compute(input).backward();
        for (var place = 0; place < T * E; place += 17)
        {
            if (Math.Abs(values[place / E, place % E]) < 0.05)
                continue;
            Assert.Equal((At(1e-2f) - At(-1e-2f)) / 2e-2, logits_TE.grad![place / E, place % E].item<float>(), 1e-3);

            double At(float shift)
            {
                var moved = (float[,])values.Clone();
                moved[place / E, place % E] += shift;
                return Oracle(loss, moved, Input(torch.tensor(moved), router, choice));
            }
        }
    }

    [Theory]
    [InlineData("switch")]
    [InlineData("global-batch")]
    [InlineData("running-window")]
    [InlineData("sequence-wise")]
    public void UniformRoutingGivesOne(string loss)
    {
        using var scope = torch.NewDisposeScope();
        var input = Input(torch.zeros(T, E), "uniform");
        Assert.Equal(1, Create(loss).Compute(input).item<float>(), 1e-6);
    }

    [Fact]
    public void TheIndicatorFollowsTheBiasAndTheSharesDoNot()
    {
        using var scope = torch.NewDisposeScope();
        var logits_TE = torch.tensor(RouterKit.Random(T, E, "aux"));
        var biased = new SigmoidTopK(new SigmoidTopKOptions()).Route(RouterKit.Input(logits_TE, torch.tensor(new float[] { 9, 8, 0, 0, 0, 0, 0, 0 })));
        var input = new AuxiliaryLossInput { Logits = logits_TE, Router = biased, Sequences = 1, TopK = K };
        var s_TE = torch.sigmoid(logits_TE);
        var share_E = (s_TE / s_TE.sum(-1, keepdim: true)).mean([0]);
        Assert.Equal((double)E / K * (share_E[0] + share_E[1]).item<float>(), Create("sequence-wise").Compute(input).item<float>(), 1e-5);
    }

    [Fact]
    public void GlobalBatchUsesTheStepsCounts()
    {
        using var scope = torch.NewDisposeScope();
        var input = Input(torch.tensor(RouterKit.Random(T, E, "aux")), "sigmoid-top-k") with { StepCounts_E = torch.tensor(new long[] { 7, 0, 0, 0, 0, 0, 0, 0 }) };
        var s_TE = input.Router!.Scores_TE;
        Assert.Equal(E * (s_TE / s_TE.sum(-1, keepdim: true)).mean([0])[0].item<float>(), Create("global-batch").Compute(input).item<float>(), 1e-5);
        Assert.Throws<ArgumentException>(() => Create("global-batch").Compute(input with { StepCounts_E = null }));
    }

    [Fact]
    public void HeadZIsTheMeanSquaredLogsumexp()
    {
        using var scope = torch.NewDisposeScope();
        var logits = RouterKit.Random(5, 30, "head");
        var expected = Enumerable.Range(0, 5).Average(t => Math.Pow(Math.Log(Enumerable.Range(0, 30).Sum(v => Math.Exp(logits[t, v]))), 2));
        Assert.Equal(expected, Create("head-z").Compute(new AuxiliaryLossInput { Logits = torch.tensor(logits), Sequences = 1, TopK = K }).item<float>(), 1e-5);
    }

    [Theory, MemberData(nameof(Losses))]
    public void IsAScalarAndLeavesNothingBehind(string loss)
    {
        using var outer = torch.NewDisposeScope();
        var input = Input(torch.tensor(RouterKit.Random(T, E, "aux"), requires_grad: true), loss == "load" ? "noisy-top-k" : "sigmoid-top-k");
        using var scope = torch.NewDisposeScope();
        var value = Create(loss).Compute(input);
        Assert.Empty(value.shape);
        Assert.Equal(torch.ScalarType.Float32, value.dtype);
        Assert.True(value.requires_grad);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void NothingChosenIsNoNaN()
    {
        using var scope = torch.NewDisposeScope();
        var input = Input(torch.full([T, E], -1f), "remoe");
        foreach (var loss in new[] { "switch", "global-batch", "running-window", "sequence-wise", "importance" })
            Assert.Equal(0, Create(loss).Compute(input).item<float>());
    }

    private static IAuxiliaryLoss Create(string name) => Catalog.Create<IAuxiliaryLoss>(new PluginChoice(name), "losses");

    private static AuxiliaryLossInput Input(Tensor logits_TE, string router, RouterChoice? replay = null)
    {
        var output = RouterKit.Create(router).Route(RouterKit.Input(logits_TE, torch.linspace(-0.2, 0.2, E), K, replay: replay));
        return new AuxiliaryLossInput { Logits = logits_TE, Router = output, Sequences = S, TopK = K, StepCounts_E = Gates.Count(output.Choice, E) };
    }

    private static double Oracle(string loss, float[,] logits, AuxiliaryLossInput input)
    {
        if (loss == "router-z")
            return Enumerable.Range(0, T).Average(t => Math.Pow(Math.Log(Enumerable.Range(0, E).Sum(e => Math.Exp(logits[t, e]))), 2));
        if (loss == "importance")
        {
            var gates = HostMemory.Copy<float>(input.Router!.Gates_N, torch.ScalarType.Float32);
            var sums = new double[E];
            foreach (var (n, expert) in HostMemory.Copy<long>(input.Router.Choice.Expert_N, torch.ScalarType.Int64).Index())
                sums[expert] += gates[n];
            return sums.Average(s => (s - sums.Average()) * (s - sums.Average())) / (sums.Average() * sums.Average());
        }
        var scores = HostMemory.Copy<float>(input.Router!.Scores_TE, torch.ScalarType.Float32);
        var tokens = HostMemory.Copy<long>(input.Router.Choice.Token_N, torch.ScalarType.Int64);
        var experts = HostMemory.Copy<long>(input.Router.Choice.Expert_N, torch.ScalarType.Int64);
        var length = loss == "sequence-wise" ? T / S : T;
        double total = 0;
        for (var start = 0; start < T; start += length)
        {
            var inside = Enumerable.Range(0, tokens.Length).Where(n => tokens[n] >= start && tokens[n] < start + length).ToArray();
            for (var e = 0; e < E; e++)
            {
                var f = (double)E / Math.Max(1, inside.Length) * inside.Count(n => experts[n] == e);
                var p = Enumerable.Range(start, length).Average(t =>
                {
                    var sum = Enumerable.Range(0, E).Sum(j => (double)scores[(t * E) + j]);
                    return sum > 0 ? scores[(t * E) + e] / sum : 0;
                });
                total += f * p;
            }
        }
        return total / (T / length);
    }
}
