using MoELab.Data.Preparation;
using MoELab.Experts;
using MoELab.Model;
using MoELab.Parallel;
using MoELab.Routing.Routers;
using MoELab.Runs.Reading;
using MoELab.Tests.Model;
using MoELab.Tests.Training;
using MoELab.Training;
using MoELab.Training.Steps;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>Models and runs whose MoE layers go through the GPU's kernels from the logits to the sum of the experts, in the emulator.</summary>
public sealed class CudaTrainingTests
{
    private static readonly string[] Forward = ["route_topk", "dispatch_count", "dispatch_scan", "dispatch_place", "expert_tiles", "experts_up", "experts_down", "combine"];

    [Fact]
    public void A_model_routes_sorts_and_computes_in_the_kernels_alone()
    {
        var (values, gradients, launched) = Differentiate(new EmulatedKernel());
        Assert.Equal(Enumerable.Repeat(Forward, 3).SelectMany(names => names), launched.Take(24));
        Assert.Equal(3, launched.Skip(24).Count(name => name == "route_grad"));
        var (expected, wanted, experts) = Differentiate(new EmulatedExperts());
        Assert.DoesNotContain("route_topk", experts);
        Near(expected, values, 1e-2);
        foreach (var (name, gradient) in wanted)
            Near(gradient, gradients[name], 2e-2);
    }

    [Fact]
    public void Recomputing_blocks_changes_no_bit_and_sorts_without_asking()
    {
        var (values, gradients, _) = Differentiate(new EmulatedKernel());
        var (recomputed, again, launched) = Differentiate(new EmulatedKernel(), recompute: true);
        Assert.Equal(values, recomputed);
        foreach (var (name, gradient) in gradients)
            Assert.Equal(gradient, again[name]);
        Assert.Equal(6, launched.Count(name => name == "route_topk"));
        Assert.Equal(6, launched.Count(name => name == "dispatch_place"));
    }

    [Fact]
    public void A_broken_logit_is_told_after_a_training_pass_and_by_any_other_at_once()
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using var model = Create(new EmulatedKernel());
        using var plain = Create(new EmulatedExperts());
        var ids = SimpleModel.Ids(2, 6);
        foreach (var broken in (MoEModel[])[model, plain])
            broken.Parameters.First(p => p.Name == "model.layers.2.mlp.router.gate.weight").Value[3, 5] = float.PositiveInfinity;
        var expected = Assert.Throws<NonFiniteScoresException>(() => plain.Forward(ids, null, new ForwardContext { Training = true }));
        Assert.Equal((1, 0L, 3L), (expected.Layer, expected.Token, expected.Expert));

        model.RequireFiniteScores();
        model.Forward(ids, null, new ForwardContext { Training = true });
        Assert.Equal(expected.Message, Assert.Throws<NonFiniteScoresException>(model.RequireFiniteScores).Message);
        Assert.Equal(expected.Message, Assert.Throws<NonFiniteScoresException>(() => model.Forward(ids, null, new ForwardContext())).Message);
        Assert.Equal(expected.Message, Assert.Throws<NonFiniteScoresException>(() => new Generator(model).Logits(ids[0].data<long>().ToArray())).Message);
        model.RequireFiniteScores();
    }

    [Fact]
    public void Two_steps_of_training_have_the_losses_and_counts_of_the_path_without_the_kernels()
    {
        using var tiny = Tiny();
        var plain = TwoSteps(tiny, "emulated-experts");
        EmulatedKernel.Launched = [];
        var run = TwoSteps(tiny, "emulated");
        var launched = EmulatedKernel.Launched;
        EmulatedKernel.Launched = null;
        Assert.All(Forward[..^1], name => Assert.Equal(launched.Count(l => l == "route_topk"), launched.Count(l => l == name)));
        Assert.Contains("route_grad", launched);
        for (var step = 1; step <= 2; step++)
        {
            Assert.Equal(plain.Counts(step), run.Counts(step));
            foreach (var metric in (string[])["loss", "grad_norm", "router/entropy", "router/margin", "bias_step/norm/0"])
                Assert.Equal(plain.Metrics[metric].At(step), run.Metrics[metric].At(step), 2e-3);
        }
    }

    [Fact]
    public void A_step_stops_before_it_learns_from_a_broken_logit_and_names_it()
    {
        using var tiny = Tiny();
        string Stop(string kernel)
        {
            using var scope = torch.NewDisposeScope();
            var recipe = Recipe(tiny.Recipe, kernel);
            using var corpus = PreparedCorpus.Prepare(recipe.Data, tiny.Catalog);
            using var parts = new TrainingParts(MoELab.Plugins.BoundRecipe.Of(recipe, tiny.Catalog), tiny.Catalog, corpus, new SingleProcess());
            using (torch.no_grad())
                parts.Model.Parameters.First(p => p.Name == "model.layers.2.mlp.router.gate.weight").Value[3, 5] = float.NaN;
            var head = parts.Model.Parameters.First(p => p.Name == "lm_head.weight").Value;
            var before = head.data<float>().ToArray();
            var message = Assert.Throws<NonFiniteScoresException>(() => new StepRunner(parts).Run(1)).Message;
            Assert.Equal(before, head.data<float>().ToArray());
            Assert.All(parts.BalancerState.Bias_LE.data<float>().ToArray(), bias => Assert.Equal(0, bias));
            return message;
        }
        Assert.Equal("MoE layer 1: the router score of token 0 for expert 3 is NaN; expected a finite number", Stop("emulated"));
        Assert.Equal(Stop("emulated-experts"), Stop("emulated"));
    }

    private static TinyRuns Tiny()
    {
        EmulatedModule.Load("routing");
        var tiny = new TinyRuns();
        tiny.Catalog.Register(typeof(EmulatedKernel));
        tiny.Catalog.Register(typeof(EmulatedExperts));
        return tiny;
    }

    // A run that ends would be evaluated, on more tokens than the emulator computes in seconds.
    private static RunReader TwoSteps(TinyRuns tiny, string kernel)
    {
        using var trainer = tiny.Create(Recipe(tiny.Recipe, kernel), kernel);
        trainer.StepFinished += row =>
        {
            if (row.Values["step"] == 2)
                trainer.RequestStop();
        };
        Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        return RunReader.Open(trainer.Folder);
    }

    private static Recipe Recipe(Recipe tiny, string kernel) => tiny with
    {
        Kernel = new PluginChoice(kernel),
        Training = tiny.Training with { Steps = 3, Precision = Precision.Bfloat16, SequenceLength = 16, TokensPerStep = 64, MicroBatchTokens = 32, EvalEvery = 0 },
    };

    private static MoEModel Create(IExpertKernel kernel) =>
        new(SimpleModel.Recipe, SimpleModel.Vocabulary, new SigmoidTopK(new SigmoidTopKOptions()), kernel, new LocalDispatcher(), 1, torch.CPU, torch.ScalarType.BFloat16);

    private static (float[] Values, Dictionary<string, float[]> Gradients, List<string> Launched) Differentiate(IExpertKernel kernel, bool recompute = false)
    {
        EmulatedModule.Load("routing");
        using var scope = torch.NewDisposeScope();
        using var model = Create(kernel);
        EmulatedKernel.Launched = [];
        var output = model.Forward(SimpleModel.Ids(2, 6), null, new ForwardContext { Training = true, ActivationCheckpointing = recompute, Bias_LE = torch.linspace(-0.1, 0.1, 18).view(3, 6) });
        output.Logits_TV.square().mean().backward();
        var launched = EmulatedKernel.Launched;
        EmulatedKernel.Launched = null;
        model.RequireFiniteScores();
        return (output.Logits_TV.data<float>().ToArray(), model.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!.data<float>().ToArray()), launched);
    }

    private static void Near(float[] expected, float[] actual, double tolerance)
    {
        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, tolerance * scale));
    }
}
