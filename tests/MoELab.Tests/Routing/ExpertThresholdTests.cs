using MoELab.Routing.Routers;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Routing;

/// <summary>Expert threshold routing: its cuts against sorted scores, causality, and runs.</summary>
public sealed class ExpertThresholdTests : IDisposable
{
    private const int T = 64, E = 8, K = 2;
    private readonly TinyRuns _tiny = new();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _tiny.Dispose();
    }

    [Fact]
    public void A_cut_is_the_score_of_the_experts_last_token_in_its_share_and_then_a_moving_average()
    {
        var router = new ExpertThreshold(new ExpertThresholdOptions { Decay = 0.75 });
        using var state = router.CreateState(1, E);
        var (first_TE, second_TE) = (Scores("first"), Scores("second"));
        Update(router, state, first_TE);
        Assert.Equal(Cuts(first_TE), Floats(state["cut"]));
        Update(router, state, second_TE);
        foreach (var ((old, cut), now) in Cuts(first_TE).Zip(Cuts(second_TE)).Zip(Floats(state["cut"])))
            Assert.Equal((0.75 * old) + (0.25 * cut), now, 1e-6);
        router.Update(new RoutingStats(torch.zeros(1, E, torch.ScalarType.Int64), 0, K), state, default);
        Assert.NotEqual(Cuts(second_TE), Floats(state["cut"]));
    }

    [Fact]
    public void Each_expert_gets_its_share_of_the_tokens_whose_scores_set_the_cut()
    {
        var router = new ExpertThreshold(new ExpertThresholdOptions());
        using var state = router.CreateState(1, E);
        var logits_TE = torch.tensor(RouterKit.Random(T, E, "threshold")) + torch.linspace(-2, 2, E);
        Update(router, state, torch.sigmoid(logits_TE));
        var choice = Route(router, state, logits_TE).Choice;
        Assert.Equal(Enumerable.Repeat((long)T * K / E, E), choice.Expert_N.data<long>().ToArray().CountBy(e => e).OrderBy(c => c.Key).Select(c => (long)c.Value));
        Assert.Equal(0, choice.TopK);
    }

    [Fact]
    public void A_token_uses_every_expert_whose_cut_it_passes_whatever_the_other_tokens_are()
    {
        var router = new ExpertThreshold(new ExpertThresholdOptions());
        using var state = router.CreateState(1, E);
        state["cut"].copy_(torch.linspace(0.2, 0.9, E).unsqueeze(0));
        var logits_TE = torch.tensor(RouterKit.Random(T, E, "threshold"));
        var whole = Pairs(Route(router, state, logits_TE));
        Assert.Equal(whole.Where(p => p.Token < 10), Pairs(Route(router, state, logits_TE.narrow(0, 0, 10))));
        for (var t = 0; t < T; t++)
        {
            var expected = Enumerable.Range(0, E).Where(e => torch.sigmoid(logits_TE[t, e]).item<float>() >= state["cut"][0, e].item<float>());
            Assert.Equal(expected.Select(e => (long)e), whole.Where(p => p.Token == t).Select(p => p.Expert));
        }
    }

    [Fact]
    public void Before_the_first_step_the_largest_scores_are_chosen()
    {
        var router = new ExpertThreshold(new ExpertThresholdOptions());
        using var state = router.CreateState(1, E);
        var logits_TE = torch.tensor(RouterKit.Random(T, E, "threshold"));
        var output = Route(router, state, logits_TE);
        Assert.Equal(K, output.Choice.TopK);
        Assert.Equal(MoELab.Routing.TopK.Select(torch.sigmoid(logits_TE), null, K).reshape(-1).data<long>().ToArray(), output.Choice.Expert_N.data<long>().ToArray());
    }

    [Fact]
    public void Without_cuts_it_does_not_guess()
    {
        var router = new ExpertThreshold(new ExpertThresholdOptions());
        var input = RouterKit.Input(torch.tensor(RouterKit.Random(T, E, "threshold"))) with { State = null };
        Assert.Contains("needs its cuts", Assert.Throws<InputException>(() => router.Route(input)).Message, StringComparison.Ordinal);
    }

    [Fact, Trait("bug", "resume")]
    public void A_run_settles_at_the_number_of_active_experts_and_resumes_exactly()
    {
        var recipe = _tiny.Recipe.With("router", "expert-threshold").With("balancer", "none").With("training.steps", 12);
        var whole = _tiny.Train(recipe, "whole");
        var broken = _tiny.Stop(recipe, "broken", 6);
        using (var trainer = Trainer.Resume(broken, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, trainer.Run());
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(broken));
        var counts = RunReader.Open(whole).Counts(12)!;
        var perLayer = recipe.Training.TokensPerStep * recipe.Model.ActiveExperts;
        Assert.InRange(counts.Cast<long>().Sum() / 2.0, 0.5 * perLayer, 2.0 * perLayer);
    }

    private static Tensor Scores(string name) => torch.sigmoid(torch.tensor(RouterKit.Random(T, E, name)));

    private static void Update(ExpertThreshold router, BalancerState state, Tensor scores_TE) =>
        router.Update(new RoutingStats(torch.zeros(1, E, torch.ScalarType.Int64), T, K) { Scores = [scores_TE] }, state, default);

    private static RouterOutput Route(ExpertThreshold router, BalancerState state, Tensor logits_TE) =>
        router.Route(RouterKit.Input(logits_TE, k: K, layer: 0) with { State = state });

    private static float[] Cuts(Tensor scores_TE) =>
        [.. Enumerable.Range(0, E).Select(e => Enumerable.Range(0, T).Select(t => scores_TE[t, e].item<float>()).OrderDescending().ElementAt((T * K / E) - 1))];

    private static (long Token, long Expert)[] Pairs(RouterOutput output) =>
        [.. output.Choice.Token_N.data<long>().ToArray().Zip(output.Choice.Expert_N.data<long>().ToArray())];

    private static float[] Floats(Tensor tensor) => MoELab.Interop.Torch.HostMemory.Copy<float>(tensor, torch.ScalarType.Float32);
}
