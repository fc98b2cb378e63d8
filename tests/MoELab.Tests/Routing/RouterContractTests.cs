using MoELab.Interop.Torch;

namespace MoELab.Tests.Routing;

/// <summary>What every router promises, run against every router that the catalog finds.</summary>
public sealed class RouterContractTests
{
    private const int T = 24, E = 16;

    public static TheoryData<string> Routers() => [.. RouterKit.Names];

    [Fact]
    public void EveryRouterOfTheFieldIsThere() => Assert.Equal(
        ["by-domain", "expert-choice", "expert-threshold", "forced", "group-limited", "hash", "noisy-top-k", "remoe", "replay", "sigmoid-top-k", "sinkhorn", "softmax-top-k", "top-k-softmax", "uniform"],
        RouterKit.Names.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Routers))]
    public void OutputsHaveTheirShapes(string name)
    {
        using var scope = torch.NewDisposeScope();
        var output = RouterKit.Create(name).Route(RouterKit.Input(Logits()));
        Assert.Equal([T, E], output.Scores_TE.shape);
        Assert.Equal(torch.ScalarType.Float32, output.Scores_TE.dtype);
        Assert.Equal(torch.ScalarType.Float32, output.Gates_N.dtype);
        var (tokens, experts) = (Longs(output.Choice.Token_N), Longs(output.Choice.Expert_N));
        Assert.Equal(output.Gates_N.shape[0], tokens.Length);
        Assert.All(tokens, t => Assert.InRange(t, 0, T - 1));
        Assert.All(experts, e => Assert.InRange(e, 0, E - 1));
        Assert.Equal(tokens.Length, tokens.Zip(experts).Distinct().Count());
        Assert.Equal(tokens.Order(), tokens);
        if (output.Choice.TopK > 0)
            Assert.Equal(T * output.Choice.TopK, tokens.Length);
        Assert.All(Floats(output.Gates_N), g => Assert.True(float.IsFinite(g) && g >= 0));
    }

    [Theory, MemberData(nameof(Routers))]
    public void NoChoiceCarriesGradientsAndEveryGateDoes(string name)
    {
        using var scope = torch.NewDisposeScope();
        var output = RouterKit.Create(name).Route(RouterKit.Input(Logits(gradient: true)));
        Assert.False(output.Choice.Expert_N.requires_grad || output.Choice.Token_N.requires_grad || output.Selection_TE is { requires_grad: true });
        Assert.True(output.Gates_N.requires_grad);
        Assert.True(output.Scores_TE.requires_grad);
    }

    [Theory, MemberData(nameof(Routers))]
    public void ReplayGivesTheSameGatesAndGradientsAndChoosesNothing(string name)
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create(name);
        var (first_TE, second_TE) = (Logits(gradient: true), Logits(gradient: true));
        var first = router.Route(RouterKit.Input(first_TE));
        var second = router.Route(RouterKit.Input(second_TE, bias_E: torch.arange(E, dtype: torch.ScalarType.Float32), replay: first.Choice));
        Assert.Same(first.Choice, second.Choice);
        Assert.Equal(Floats(first.Gates_N), Floats(second.Gates_N));
        Assert.Equal(Floats(first.Scores_TE), Floats(second.Scores_TE));
        Loss(first).backward();
        Loss(second).backward();
        Assert.Equal(Floats(first_TE.grad!), Floats(second_TE.grad!));
    }

    [Theory, MemberData(nameof(Routers))]
    public void GatesHaveTheGradientsOfFiniteDifferences(string name)
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create(name);
        var choice = router.Route(RouterKit.Input(Logits())).Choice;
        var logits_TE = Logits(gradient: true);
        Loss(router.Route(RouterKit.Input(logits_TE, replay: choice))).backward();
        var gradient = Floats(logits_TE.grad!);
        const float Step = 1e-2f;
        foreach (var place in choice.Expert_N.data<long>().ToArray().Select((e, n) => ((int)choice.Token_N.data<long>()[n] * E) + (int)e).Take(12))
        {
            double At(float shift)
            {
                using var inner = torch.NewDisposeScope();
                var values = RouterKit.Random(T, E, "recorded");
                values[place / E, place % E] += shift;
                return Loss(router.Route(RouterKit.Input(torch.tensor(values), replay: choice))).item<float>();
            }
            Assert.Equal((At(Step) - At(-Step)) / (2 * Step), gradient[place], 2e-3);
        }
    }

    [Theory, MemberData(nameof(Routers))]
    public void NonFiniteScoresStopWithLayerAndToken(string name)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var values = RouterKit.Random(T, E, "recorded");
            (values[5, 3], values[9, 0]) = (bad, bad);
            var error = Assert.Throws<NonFiniteScoresException>(() => RouterKit.Create(name).Route(RouterKit.Input(torch.tensor(values), layer: 4)));
            Assert.Equal((4, 5L, 3L), (error.Layer, error.Token, error.Expert));
            Assert.Contains("MoE layer 4", error.Message);
            Assert.Contains("token 5", error.Message);
        }
    }

    [Theory, MemberData(nameof(Routers))]
    public void TheSameInputGivesTheSameBits(string name)
    {
        using var scope = torch.NewDisposeScope();
        var first = RouterKit.Create(name).Route(RouterKit.Input(Logits()));
        var second = RouterKit.Create(name).Route(RouterKit.Input(Logits()));
        Assert.Equal(Longs(first.Choice.Expert_N), Longs(second.Choice.Expert_N));
        Assert.Equal(Floats(first.Gates_N), Floats(second.Gates_N));
    }

    [Theory, MemberData(nameof(Routers))]
    public void NothingButTheResultIsLeftBehind(string name)
    {
        var router = RouterKit.Create(name);
        using var inputs = torch.NewDisposeScope();
        var input = RouterKit.Input(Logits());
        using var scope = torch.NewDisposeScope();
        var output = router.Route(input);
        Tensor?[] results = [output.Scores_TE, output.Gates_N, output.Choice.Token_N, output.Choice.Expert_N, output.Choice.Counts_E, output.Penalty, output.Selection_TE, output.NoiseScale_TE];
        Assert.Equal(results.Count(r => r is not null), scope.DisposablesCount);
    }

    [Theory, MemberData(nameof(Routers))]
    public void ACausalRouterIsBlindToLaterTokensInEvaluation(string name)
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create(name);
        Assert.Equal(name is not ("expert-choice" or "sinkhorn"), router.IsCausal);
        Assert.Equal(name != "expert-choice", router.IsCausalInEvaluation);
        if (!router.IsCausalInEvaluation)
            return;
        var values = RouterKit.Random(T, E, "recorded");
        for (var e = 0; e < E; e++)
            values[T - 1, e] = -values[T - 1, e] * 3;
        var (before, after) = (Evaluate(Logits()), Evaluate(torch.tensor(values)));
        Assert.Equal(before, after);

        (long, long, float)[] Evaluate(Tensor logits_TE)
        {
            var o = router.Route(RouterKit.Input(logits_TE, training: false));
            return [.. Longs(o.Choice.Token_N).Zip(Longs(o.Choice.Expert_N), Floats(o.Gates_N)).Where(x => x.First < T - 1)];
        }
    }

    [Theory, MemberData(nameof(Routers))]
    public void ARouterThatIsNotBlindToLaterTokensInTrainingSaysSo(string name)
    {
        using var scope = torch.NewDisposeScope();
        // One token after the others has been changed at a time: some such change must move an earlier choice of a router that is not causal.
        var moved = false;
        for (var t = 1; t < T && name != "replay"; t++)
        {
            var values = RouterKit.Random(T, E, "recorded");
            for (var e = 0; e < E; e++)
                values[t, e] = -values[t, e] * 3;
            moved |= !Before(Logits(), t).SetEquals(Before(torch.tensor(values), t));
        }
        Assert.Equal(!moved, RouterKit.Create(name).IsCausal);

        HashSet<(long, long)> Before(Tensor logits_TE, int end)
        {
            var choice = RouterKit.Create(name).Route(RouterKit.Input(logits_TE)).Choice;
            return [.. Longs(choice.Token_N).Zip(Longs(choice.Expert_N)).Where(c => c.First < end)];
        }
    }

    private static Tensor Logits(bool gradient = false) => torch.tensor(RouterKit.Random(T, E, "recorded"), requires_grad: gradient);

    private static Tensor Loss(RouterOutput output) =>
        (output.Gates_N * torch.linspace(-1, 1, output.Gates_N.shape[0])).sum() + (output.Penalty ?? torch.zeros(1).sum());

    private static float[] Floats(Tensor tensor) => HostMemory.Copy<float>(tensor, torch.ScalarType.Float32);

    private static long[] Longs(Tensor tensor) => HostMemory.Copy<long>(tensor, torch.ScalarType.Int64);
}
