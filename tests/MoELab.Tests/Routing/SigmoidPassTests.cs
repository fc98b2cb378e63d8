// T tokens, E experts, N choices.
using FsCheck;
using FsCheck.Fluent;
using MoELab.Routing;
using MoELab.Routing.Routers;

namespace MoELab.Tests.Routing;

/// <summary>The router's one pass against the same rule as torch's operators.</summary>
public sealed class SigmoidPassTests
{
    [Fact]
    public void One_pass_is_the_operators_in_any_shape() => Prop.ForAll<byte, byte, byte>((tokens, experts, active) =>
    {
        var (t, e) = (1 + (tokens * 3), 1 + (experts % 70));
        Check(t, e, 1 + (active % e), tokens % 2 == 0);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(129, 256, 4)]
    [InlineData(257, 48, 40)]
    public void One_pass_is_the_operators_at_edges(int t, int e, int k) => Check(t, e, k, true);

    [Fact]
    public void Of_equal_scores_the_lower_index_is_chosen()
    {
        using var scope = torch.NewDisposeScope();
        var output = Route(RouterKit.Input(torch.zeros(200, 19), k: 3), true);
        Assert.Equal(Enumerable.Range(0, 600).Select(i => i % 3L), output.Choice.Expert_N.data<long>().ToArray());
        Assert.Equal([200L, 200L, 200L, .. new long[16]], output.Choice.Counts_E!.data<long>().ToArray());
    }

    [Fact]
    public void The_first_logit_that_is_no_number_is_named()
    {
        using var scope = torch.NewDisposeScope();
        var logits_TE = torch.zeros(400, 19);
        logits_TE[310, 7] = float.NaN;
        logits_TE[200, 18] = float.PositiveInfinity;
        var thrown = Assert.Throws<NonFiniteScoresException>(() => Route(RouterKit.Input(logits_TE), true));
        Assert.Equal((1, 200L, 18L), (thrown.Layer, thrown.Token, thrown.Expert));
    }

    [Fact]
    public void A_replayed_choice_of_an_expert_that_does_not_exist_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var choice = RouterChoice.FromTopK(torch.tensor(new long[,] { { 0, 1 }, { 2, 4 } }));
        var thrown = Assert.ThrowsAny<Exception>(() => Route(RouterKit.Input(torch.zeros(2, 4), replay: choice), true));
        Assert.Contains("names expert 4; expected 0 to 3", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bits_do_not_depend_on_the_number_of_threads()
    {
        using var scope = torch.NewDisposeScope();
        var logits_TE = torch.tensor(RouterKit.Random(700, 33, "threads"));
        var threads = torch.get_num_threads();
        try
        {
            var results = new[] { 1, 3 }.Select(n =>
            {
                torch.set_num_threads(n);
                return Differentiate(RouterKit.Input(logits_TE.detach().clone().requires_grad_(), k: 5), true);
            }).ToArray();
            Assert.Equal(results[0].Output.Gates_N.data<float>().ToArray(), results[1].Output.Gates_N.data<float>().ToArray());
            Assert.Equal(results[0].Gradient.data<float>().ToArray(), results[1].Gradient.data<float>().ToArray());
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    private static void Check(int t, int e, int k, bool normalise)
    {
        using var scope = torch.NewDisposeScope();
        var logits = RouterKit.Random(t, e, "pass");
        var bias_E = torch.linspace(-0.2, 0.2, e);
        var (output, gradient) = Differentiate(RouterKit.Input(torch.tensor(logits).requires_grad_(), bias_E, k), normalise);
        Assert.NotNull(output.Choice.Counts_E);
        Assert.Equal(TopK.Select(output.Scores_TE, bias_E, k).data<long>().ToArray(), output.Choice.Expert_N.data<long>().ToArray());
        Assert.Equal(torch.bincount(output.Choice.Expert_N, minlength: e).data<long>().ToArray(), output.Choice.Counts_E.data<long>().ToArray());

        var logits_TE = torch.tensor(logits).requires_grad_();
        var scores_TE = torch.sigmoid(logits_TE);
        var (expected, wanted) = Differentiate(new RouterOutput(scores_TE, output.Choice, Gates.Weigh(scores_TE, output.Choice, normalise, 2.5)), logits_TE);
        Assert.True(torch.allclose(expected.Scores_TE, output.Scores_TE, 1e-6, 1e-7));
        Assert.True(torch.allclose(expected.Gates_N, output.Gates_N, 1e-5, 1e-7));
        Assert.True(torch.allclose(wanted, gradient, 1e-4, 1e-6));
    }

    private static (RouterOutput Output, Tensor Gradient) Differentiate(RouterInput input, bool normalise) => Differentiate(Route(input, normalise), input.Logits_TE);

    // Gates alone, scores alone and both reach the logits.
    private static (RouterOutput Output, Tensor Gradient) Differentiate(RouterOutput output, Tensor logits_TE)
    {
        var weight_N = torch.cos(torch.arange(output.Gates_N.numel(), dtype: torch.ScalarType.Float32));
        var weight_TE = torch.sin(torch.arange(output.Scores_TE.numel(), dtype: torch.ScalarType.Float32)).view_as(output.Scores_TE);
        var (gates, scores) = ((output.Gates_N * weight_N).sum(), (output.Scores_TE * weight_TE).sum());
        var parts = new[] { gates, scores, gates + scores }.Select(loss => torch.autograd.grad([loss], [logits_TE], retain_graph: true)[0]).ToArray();
        Assert.True(torch.allclose(parts[0] + parts[1], parts[2], 1e-4, 1e-6));
        return (output, torch.cat(parts));
    }

    private static RouterOutput Route(RouterInput input, bool normalise) => new SigmoidTopK(new SigmoidTopKOptions { Normalise = normalise }).Route(input);
}
