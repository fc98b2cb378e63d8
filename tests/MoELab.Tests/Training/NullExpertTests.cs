using MoELab.Experts;
using MoELab.Model;
using MoELab.Plugins;
using MoELab.Runs.Reading;
using MoELab.Tests.Model;
using MoELab.Training;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

/// <summary>Experts that give nothing and cost nothing, in the model and in a run.</summary>
public sealed class NullExpertTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public static TheoryData<string> Kernels => ["reference", "packed", "grouped-mm"];

    public void Dispose() => _tiny.Dispose();

    [Theory, MemberData(nameof(Kernels))]
    public void Tokens_that_choose_only_null_experts_have_nothing_but_the_shared_ones(string kernel)
    {
        using var scope = torch.NewDisposeScope();
        var recipe = SimpleModel.Recipe with { NullExperts = 2 };
        using var model = Create(recipe, kernel);
        using var silent = Create(recipe, kernel);
        using (torch.no_grad())
        {
            foreach (var parameter in silent.Parameters.Where(p => p.Role == ParameterRole.Experts))
                parameter.Value.zero_();
        }
        var context = new ForwardContext { Training = true, Bias_LE = Bias(recipe, 9) };
        var logits_TV = model.Forward(SimpleModel.Ids(2, 12), null, context).Logits_TV;
        Assert.Equal(SimpleModel.Logits(silent, SimpleModel.Ids(2, 12), null, context), logits_TV.detach().data<float>().ToArray());
        logits_TV.square().mean().backward();
        Assert.All(model.Parameters.Where(p => p.Role == ParameterRole.Experts), p => Assert.Equal(0, p.Value.grad?.abs().max().item<float>() ?? 0));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Null_experts_that_nobody_chooses_change_no_bit(string kernel)
    {
        var recipe = SimpleModel.Recipe with { NullExperts = 2 };
        using var model = Create(recipe, kernel);
        using var without = Create(SimpleModel.Recipe, kernel);
        using (torch.no_grad())
        {
            foreach (var (from, to) in model.Parameters.Zip(without.Parameters))
                to.Value.copy_(from.Value.shape.SequenceEqual(to.Value.shape) ? from.Value : from.Value.narrow(0, 0, recipe.Experts));
        }
        Assert.Equal(SimpleModel.Logits(without, SimpleModel.Ids(2, 12)), SimpleModel.Logits(model, SimpleModel.Ids(2, 12), null, new ForwardContext { Bias_LE = Bias(recipe, -9) }));
    }

    [Fact]
    public void A_run_balances_null_experts_with_the_others_and_logs_their_share()
    {
        var run = RunReader.Open(_tiny.Train(Recipe));
        Assert.Equal(8 + 4, run.Routing!.Experts);
        var shares = run.Metrics["experts/null_share"].Values;
        Assert.Equal(8, shares.Count);
        foreach (var (record, share) in run.Routing.Read(run.Routing.Steps).Zip(shares))
        {
            long Sum(int first, int count) => Enumerable.Range(0, 2).Sum(l => Enumerable.Range(first, count).Sum(e => (long)record.Counts[l, e]));
            Assert.Equal(2 * 2 * 256, Sum(0, 12));
            Assert.Equal(Sum(8, 4) / (double)Sum(0, 12), share, 1e-12);
        }
        using var model = LabModel.Load(run.FullPath, null, _tiny.Catalog);
        Assert.True(model.Loss("7 plus 8 is 15").NatsPerToken > 0);
        Assert.DoesNotContain("experts/null_share", RunReader.Open(_tiny.Train()).Metrics.Names);
    }

    [Fact]
    public void A_stopped_and_resumed_run_writes_what_an_unbroken_one_writes()
    {
        var whole = _tiny.Train(Recipe, "whole");
        var broken = _tiny.Stop(Recipe, "broken", 5);
        using (var again = Trainer.Resume(broken, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, again.Run());
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(broken));
    }

    [Fact]
    public void Choices_of_null_experts_are_no_work()
    {
        var outcome = new StepOutcome(null!, 6, 1, new long[,] { { 1, 2, 3 }, { 0, 4, 2 } }, [], [], new float[2, 3], new Dictionary<string, double>(), 1,
            new Dictionary<string, double>(), null);
        Assert.Equal((12, 0), (outcome.Choices, outcome.NullChoices));
        Assert.Equal((7, 5), ((outcome with { NullExperts = 1 }).Choices, (outcome with { NullExperts = 1 }).NullChoices));
    }

    private Recipe Recipe => _tiny.Recipe.With("model.null_experts", 4);

    private static MoEModel Create(ModelRecipe recipe, string kernel)
    {
        var catalog = PluginCatalog.Discover();
        return new MoEModel(recipe, SimpleModel.Vocabulary, catalog.Create<IRouter>(new PluginChoice("sigmoid-top-k"), "router"),
            ExpertKernels.Select(catalog, new PluginChoice(kernel), torch.CPU, torch.ScalarType.Float32).Kernel, new LocalDispatcher(), 1, torch.CPU, torch.ScalarType.Float32);
    }

    private static Tensor Bias(ModelRecipe recipe, float ofNull) => torch.cat([torch.zeros(3, recipe.Experts), torch.full([3, recipe.NullExperts], ofNull)], 1);
}
