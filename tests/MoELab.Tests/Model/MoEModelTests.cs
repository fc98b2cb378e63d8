using MoELab.Model;

namespace MoELab.Tests.Model;

public sealed class MoEModelTests
{
    public static TheoryData<string> Switches => new(Changes.Keys);

    private static readonly Dictionary<string, Func<ModelRecipe, ModelRecipe>> Changes = new()
    {
        ["window"] = r => r with { Window = 2 },
        ["global_every none"] = r => r with { GlobalEvery = 0 },
        ["global_every all"] = r => r with { GlobalEvery = 1 },
        ["rope_theta"] = r => r with { RopeTheta = 100 },
        ["rope_in_global"] = r => r with { RopeInGlobal = true },
        ["qk_norm"] = r => r with { QkNorm = false },
        ["gated_attention"] = r => r with { GatedAttention = false },
        ["sandwich_norm"] = r => r with { SandwichNorm = false },
        ["depth_scaled_norm"] = r => r with { DepthScaledNorm = false },
        ["scale_embedding"] = r => r with { ScaleEmbedding = false },
        ["intra_document_mask"] = r => r with { IntraDocumentMask = false },
        ["init_sigma"] = r => r with { InitSigma = 0.3 },
        ["rms_eps"] = r => r with { RmsEps = 0.1 },
        ["route_scale"] = r => r with { RouteScale = 3 },
        ["shared_experts none"] = r => r with { SharedExperts = 0 },
        ["shared_experts two"] = r => r with { SharedExperts = 2 },
        ["dense_layers"] = r => r with { DenseLayers = 2 },
        ["latent"] = r => r with { Latent = 4 },
        ["latent without norm"] = r => r with { Latent = 4, LatentNorm = false },
        ["null_experts"] = r => r with { NullExperts = 6 },
        ["active_experts"] = r => r with { ActiveExperts = 3 },
    };

    [Theory, MemberData(nameof(Switches))]
    public void Every_switch_changes_the_output(string name)
    {
        using var scope = torch.NewDisposeScope();
        var ids = SimpleModel.Ids(2, 12);
        var documents = torch.tensor(Enumerable.Range(0, 24).Select(i => i % 12 / 5).ToArray(), [2, 12]);
        using var model = SimpleModel.Create();
        using var changed = SimpleModel.Create(Changes[name](SimpleModel.Recipe));
        Assert.NotEqual(SimpleModel.Logits(model, ids, documents), SimpleModel.Logits(changed, ids, documents));
    }

    [Fact]
    public void A_forward_pass_gives_float32_logits_for_every_position()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var output = model.Forward(SimpleModel.Ids(3, 7), null, new ForwardContext { Training = true });
        Assert.Equal([21, SimpleModel.Vocabulary], output.Logits_TV.shape);
        Assert.Equal(torch.ScalarType.Float32, output.Logits_TV.dtype);
        Assert.Null(output.Penalty);
        Assert.Empty(output.RouterLosses);
    }

    [Fact]
    public void Every_parameter_gets_a_gradient()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create(SimpleModel.Recipe with { DenseLayers = 1 }, new SimpleRouter { ExtraMatrices = ["noise"] });
        model.Forward(SimpleModel.Ids(4, 16), null, new ForwardContext { Training = true }).Logits_TV.square().mean().backward();
        foreach (var parameter in model.Parameters)
        {
            Assert.NotNull(parameter.Value.grad);
            Assert.True(parameter.Value.grad!.abs().sum().item<float>() > 0, parameter.Name);
        }
    }

    [Fact]
    public void The_gradient_is_the_slope_of_the_loss()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create(SimpleModel.Recipe with { InitSigma = 0.3 });
        var ids = SimpleModel.Ids(2, 12);
        var documents = torch.tensor(Enumerable.Range(0, 24).Select(i => i % 12 / 7).ToArray(), [2, 12]);
        var observer = new Recorder();
        Tensor Loss() => model.Forward(ids, documents, new ForwardContext { Training = true, Observer = observer }).Logits_TV.log_softmax(-1)
            .gather(1, ids.reshape(-1, 1)).to(torch.ScalarType.Float64).mean();
        Loss().backward();
        var choices = observer.Take();

        var random = new MoELab.Randomness.Philox(5, "coordinates");
        foreach (var parameter in model.Parameters)
        {
            var flat = parameter.Value.detach().view(-1);
            var slope = parameter.Value.grad!.view(-1);
            // The steepest of a few coordinates stands clear of float32's rounding.
            var at = Enumerable.Range(0, 8).Select(_ => (long)random.NextInt((int)flat.shape[0])).MaxBy(i => Math.Abs(slope[i].item<float>()));
            var before = flat[at].item<float>();
            using var free = torch.no_grad();
            double At(float value)
            {
                flat[at] = torch.tensor(value);
                return Loss().item<double>();
            }
            const float Step = 4e-3f;
            var measured = (At(before + Step) - At(before - Step)) / (2 * Step);
            flat[at] = torch.tensor(before);
            // Where the step moved a choice of experts, the loss has a jump and no slope.
            if (observer.Take().Select((c, i) => c.SequenceEqual(choices[i % choices.Count])).All(same => same))
                Assert.True(Math.Abs(measured - slope[at].item<float>()) <= 2e-4 + (0.03 * Math.Abs(measured)), $"{parameter.Name}[{at}]: measured {measured}, gradient {slope[at].item<float>()}");
        }
    }

    [Fact]
    public void The_observer_sees_each_layer_once()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var observer = new Recorder();
        model.Forward(SimpleModel.Ids(2, 6), null, new ForwardContext { Training = true, Observer = observer, ActivationCheckpointing = true }).Logits_TV.sum().backward();
        Assert.Equal([0, 1, 2], observer.Layers);
    }

    [Fact]
    [Trait("bug", "selection")]
    public void The_bias_chooses_and_never_weighs()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var ids = SimpleModel.Ids(2, 9);
        var same = torch.full(3, 6, 0.75f);
        var other = torch.zeros(3, 6);
        other[1, 2] = torch.tensor(10f);
        Assert.Equal(SimpleModel.Logits(model, ids), SimpleModel.Logits(model, ids, null, new ForwardContext { Bias_LE = same }));
        Assert.NotEqual(SimpleModel.Logits(model, ids), SimpleModel.Logits(model, ids, null, new ForwardContext { Bias_LE = other }));
    }

    [Fact]
    public void Router_losses_see_the_counts_of_the_step_with_this_micro_batch()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var loss = new SquareLoss();
        var before = torch.full(3, 6, 100L, dtype: torch.ScalarType.Int64);
        var output = model.Forward(SimpleModel.Ids(2, 9), null, new ForwardContext { Training = true, RouterLosses = [loss], StepCounts_LE = before });
        Assert.Equal(3, loss.Seen.Count);
        Assert.All(loss.Seen, counts => Assert.Equal(600 + (18 * 2), counts.Sum()));
        Assert.True(output.RouterLosses.Single().requires_grad);
    }

    [Fact]
    public void A_router_that_sees_later_tokens_is_refused_for_evaluation()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create(router: new SimpleRouter { IsCausal = false });
        model.Forward(SimpleModel.Ids(1, 4), null, new ForwardContext { Training = true });
        Assert.Contains("later tokens", Assert.Throws<InputException>(() => model.Forward(SimpleModel.Ids(1, 4), null, new ForwardContext())).Message);
    }

    [Fact]
    public void An_id_past_the_vocabulary_is_named()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var ids = torch.tensor(new long[] { 1, 99 }, [1, 2]);
        Assert.Contains("99", Assert.Throws<InputException>(() => model.Forward(ids, null, new ForwardContext())).Message);
    }

    [Fact]
    public void A_forward_pass_leaves_nothing_behind()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var ids = SimpleModel.Ids(2, 6);
        using (torch.NewDisposeScope())
        {
            var kept = scope.DisposablesCount;
            using (torch.NewDisposeScope())
                model.Forward(ids, null, new ForwardContext { Training = true, RouterLosses = [new SquareLoss()] }).Logits_TV.sum().backward();
            Assert.Equal(kept, scope.DisposablesCount);
        }
    }

    private sealed class Recorder : IRoutingObserver
    {
        private readonly List<long[]> _choices = [];

        public List<int> Layers { get; } = [];

        public void Routed(int layer, Tensor logits_TE, RouterOutput output)
        {
            Layers.Add(layer);
            _choices.Add(output.Choice.Expert_N.data<long>().ToArray());
        }

        public List<long[]> Take()
        {
            var taken = _choices.ToList();
            _choices.Clear();
            return taken;
        }
    }
}
