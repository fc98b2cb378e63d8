// T tokens, E experts, K choices of a token, N choices.
using MoELab.Experts;
using MoELab.Routing;
using MoELab.Routing.Routers;
using MoELab.Tests.Routing;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>Routers through the CUDA plugin against the same routers without it: in the emulator, and on a GPU where there is one.</summary>
public sealed class CudaRoutingTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static TheoryData<string> Places => [.. CudaPlaces.All];

    public static TheoryData<string, string> Routers =>
        [.. from place in CudaPlaces.All from router in (string[])["sigmoid", "sigmoid-plain", "softmax", "softmax-normalised"] select (place, router)];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Routers))]
    public void A_router_chooses_weighs_and_counts_as_without_the_kernel(string place, string router)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        foreach (var (t, e, k) in ((int, int, int)[])[(37, 64, 8), (5, 7, 7), (1, 1, 1), (9, 300, 4)])
            Check((IRoutingKernel)kernel, device, router, t, e, k);
    }

    [Theory, MemberData(nameof(Places))]
    public void A_replayed_choice_is_weighed_and_stays_the_same_object(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var logits = RouterKit.Random(11, 9, "replay");
        // The last token names an expert twice, which no router does but any caller may.
        long[] experts = [.. Enumerable.Range(0, 33).Select(i => i > 30 ? 4 : i * 5L % 9)];
        foreach (var router in (string[])["sigmoid", "softmax"])
        {
            RouterChoice Replay(torch.Device where) => RouterChoice.FromTopK(torch.tensor(experts, [11, 3]).to(where)) with { IsKnown = true };
            var (expected, wanted) = Differentiate(router, Input(logits, torch.CPU, null, 3) with { Replay = Replay(torch.CPU) });
            var replay = Replay(device);
            var (output, gradient) = Differentiate(router, Input(logits, device, null, 3) with { Replay = replay, Kernel = (IRoutingKernel)kernel });
            Assert.Same(replay, output.Choice);
            Assert.Equal(experts, Longs(replay.Expert_N));
            Near(expected.Gates_N, output.Gates_N, 1e-6);
            Near(wanted, gradient, 1e-5);
        }
    }

    [Theory, MemberData(nameof(Places))]
    public void Of_equal_scores_the_lower_index_is_chosen(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var output = Create("softmax").Route(Input(new float[200, 19], device, null, 3) with { Kernel = (IRoutingKernel)kernel });
        Assert.Equal(Enumerable.Range(0, 600).Select(i => i % 3L), Longs(output.Choice.Expert_N));
        Assert.Equal([200L, 200L, 200L, .. new long[16]], Longs(output.Choice.Counts_E!));
    }

    [Theory, MemberData(nameof(Places))]
    public void What_needs_no_gradient_gets_none(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var input = Input(RouterKit.Random(6, 5, "free"), device, null, 2) with { Kernel = (IRoutingKernel)kernel };
        Assert.True(Create("sigmoid").Route(input).Gates_N.requires_grad);
        var fixedInput = input with { Logits_TE = input.Logits_TE.detach() };
        Assert.False(Create("sigmoid").Route(fixedInput).Gates_N.requires_grad);
        using var noGrad = torch.no_grad();
        Assert.False(Create("sigmoid").Route(input).Scores_TE.requires_grad);
    }

    [Theory, MemberData(nameof(Places))]
    public void More_experts_than_there_are_cannot_be_chosen(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        Assert.Throws<ArgumentOutOfRangeException>(() => Create("sigmoid").Route(Input(new float[2, 3], device, null, 4) with { Kernel = (IRoutingKernel)kernel }));
    }

    [Theory, MemberData(nameof(Places))]
    public void A_broken_logit_is_named_as_without_the_kernel(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        foreach (var value in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            var logits = new float[40, 19];
            (logits[31, 7], logits[20, 18], logits[39, 0]) = (float.NaN, value, float.NegativeInfinity);
            var expected = Assert.Throws<NonFiniteScoresException>(() => Create("sigmoid").Route(Input(logits, torch.CPU, null, 2)));
            var thrown = Assert.Throws<NonFiniteScoresException>(() => Create("sigmoid").Route(Input(logits, device, null, 2) with { Kernel = (IRoutingKernel)kernel }));
            Assert.Equal(expected.Message, thrown.Message);
            Assert.Equal((1, 20L, 18L), (thrown.Layer, thrown.Token, thrown.Expert));
        }
    }

    [Theory, MemberData(nameof(Places))]
    public void A_watch_tells_the_first_micro_batch_and_its_first_layer_once(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        using var watch = new ScoreWatch(4, 8, device);
        void Route(int micro, int layer, params (int Token, int Expert)[] broken)
        {
            var logits = new float[6, 8];
            foreach (var (t, e) in broken)
                logits[t, e] = float.NaN;
            Create("softmax").Route(Input(logits, device, null, 2) with { Kernel = (IRoutingKernel)kernel, FirstNonFinite_L = watch.First_L, MicroBatch = micro, Layer = layer });
        }
        Route(0, 0);
        watch.RequireFinite();
        Route(2, 0, (0, 0));
        Route(1, 2, (5, 1), (3, 6));
        Route(1, 3, (0, 1));
        var thrown = Assert.Throws<NonFiniteScoresException>(watch.RequireFinite);
        Assert.Equal((2, 3L, 6L), (thrown.Layer, thrown.Token, thrown.Expert));
        watch.RequireFinite();
    }

    [Theory, MemberData(nameof(Places))]
    public void A_plan_made_on_the_device_is_the_processors(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        long[] experts = [.. RouterKit.Random(1, 1200, "plan").Cast<float>().Select(v => (long)Math.Abs(v * 5) % 6)], tokens = [.. Enumerable.Range(0, 1200).Select(i => i * 7L % 400)];
        foreach (var k in (int[])[0, 3])
        {
            RouterChoice Choice(torch.Device where) => k > 0 ? RouterChoice.FromTopK(torch.tensor(experts, [400, 3]).to(where)) : new RouterChoice(torch.tensor(tokens).to(where), torch.tensor(experts).to(where), 0);
            using var expected = DispatchPlanner.Plan(Choice(torch.CPU), 400, 8);
            using var plan = ((IRoutingKernel)kernel).Plan(Choice(device) with { IsKnown = true }, 400, 8);
            Assert.IsType<DeviceCounts>(plan.Counts);
            Assert.Equal(8, plan.Counts.Count);
            Assert.Equal(expected.Counts, plan.Counts);
            Assert.Equal(expected.Counts[1], plan.Counts[1]);
            Assert.Equal(Longs(expected.RowToken_N), Longs(plan.RowToken_N));
            Assert.Equal(Longs(expected.RowChoice_N), Longs(plan.RowChoice_N));
            Assert.Equal(expected.Ends_E.data<int>().ToArray(), plan.Ends_E.cpu().data<int>().ToArray());
            Assert.Equal((400, k), (plan.Tokens, plan.TopK));
        }
    }

    [Theory, MemberData(nameof(Places))]
    public void A_choice_of_an_expert_that_does_not_exist_is_refused(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ((IRoutingKernel)kernel).Plan(RouterChoice.FromTopK(torch.tensor(new long[,] { { 0, 1 }, { 2, 4 } }).to(device)), 2, 4));
        Assert.Contains("names expert 4; expected 0 to 3", error.Message, StringComparison.Ordinal);
    }

    private static void Check(IRoutingKernel kernel, torch.Device device, string router, int t, int e, int k)
    {
        var (logits, bias_E) = (RouterKit.Random(t, e, "cuda"), torch.linspace(-0.2, 0.2, e));
        var (expected, wanted) = Differentiate(router, Input(logits, torch.CPU, bias_E, k));
        var (output, gradient) = Differentiate(router, Input(logits, device, bias_E, k) with { Kernel = kernel });
        Assert.True(output.Choice.IsKnown);
        Assert.Equal(TopK.Select(output.Scores_TE.cpu(), bias_E, k).data<long>().ToArray(), Longs(output.Choice.Expert_N));
        Assert.Equal(Longs(expected.Choice.Expert_N), Longs(output.Choice.Expert_N));
        Assert.Equal(Longs(expected.Choice.Token_N), Longs(output.Choice.Token_N));
        Assert.Equal(Longs(torch.bincount(expected.Choice.Expert_N, minlength: e)), Longs(output.Choice.Counts_E!));
        Assert.Equal(k, output.Choice.TopK);
        Near(expected.Scores_TE, output.Scores_TE, 1e-6);
        Near(expected.Gates_N, output.Gates_N, 1e-6);
        Near(wanted, gradient, 1e-5);
    }

    private static (RouterOutput Output, Tensor Gradient) Differentiate(string router, RouterInput input)
    {
        var output = Create(router).Route(input);
        var weight_N = torch.cos(torch.arange(output.Gates_N.numel(), dtype: torch.ScalarType.Float32)).to(output.Gates_N.device);
        var weight_TE = torch.sin(torch.arange(output.Scores_TE.numel(), dtype: torch.ScalarType.Float32)).view_as(output.Scores_TE).to(output.Gates_N.device);
        var (gates, scores) = ((output.Gates_N * weight_N).sum(), (output.Scores_TE * weight_TE).sum());
        return (output, torch.cat([.. new[] { gates, scores, gates + scores }.Select(loss => torch.autograd.grad([loss], [input.Logits_TE], retain_graph: true)[0])]));
    }

    private static RouterInput Input(float[,] logits, torch.Device device, Tensor? bias_E, int k) =>
        RouterKit.Input(torch.tensor(logits).to(device).requires_grad_(), (bias_E ?? torch.zeros(logits.GetLength(1))).to(device), k);

    private static IRouter Create(string router) => router.StartsWith("sigmoid", StringComparison.Ordinal)
        ? new SigmoidTopK(new SigmoidTopKOptions { Normalise = router == "sigmoid" })
        : new SoftmaxTopK(new SoftmaxTopKOptions { Renormalise = router == "softmax-normalised" });

    private static void Near(Tensor expected, Tensor actual, double tolerance) =>
        Assert.True(torch.allclose(expected, actual.cpu(), tolerance, tolerance), $"off by {(expected - actual.cpu()).abs().max().item<float>()}");

    private static long[] Longs(Tensor tensor) => tensor.cpu().data<long>().ToArray();
}
