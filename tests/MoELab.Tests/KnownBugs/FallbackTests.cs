using MoELab.Runs.Log;
using MoELab.Tests.Training;
using MoELab.Training.Steps;

namespace MoELab.Tests.KnownBugs;

/// <summary>What a recipe asks for happens, or somebody says so.</summary>
[Trait("bug", "silent-fallback")]
public sealed class FallbackTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_kernel_that_does_not_run_here_is_replaced_and_the_run_says_so()
    {
        _tiny.Catalog.Register(typeof(ElsewhereKernel));
        var run = _tiny.Train(_tiny.Recipe.With("kernel", "elsewhere"));
        Assert.Contains(TinyRuns.Events(run), e => e.Kind == EventKind.Config && e.Message.Contains("'elsewhere' does not run here (it runs elsewhere)"));
        Assert.Equal(TinyRuns.Rows(_tiny.Train(name: "default")), TinyRuns.Rows(run));
    }

    [Fact]
    public void A_device_that_is_not_here_is_an_error()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "this machine has a GPU");
        var error = Assert.Throws<InputException>(() => _tiny.Create(_tiny.Recipe.With("training.device", "cuda")));
        Assert.Contains("training.device", error.Message);
        Assert.Contains("expected cpu", error.Message);
    }

    [Theory, InlineData(Precision.Tf32, true), InlineData(Precision.Float32, false), InlineData(Precision.Bfloat16, false)]
    public void TensorFloat_32_is_on_where_the_recipe_says_and_off_elsewhere(Precision precision, bool expected)
    {
        var threads = torch.get_num_threads();
        try
        {
            torch.backends.cuda.matmul.allow_tf32 = !expected;
            ComputeSetup.Apply(new TrainingRecipe { Precision = precision }, threads);
            Assert.Equal(expected, torch.backends.cuda.matmul.allow_tf32);
        }
        finally
        {
            ComputeSetup.Apply(new TrainingRecipe(), threads);
        }
    }

    [Fact]
    public void The_log_opens_with_every_value_that_is_in_effect()
    {
        var run = _tiny.Train();
        var echoed = TinyRuns.Events(run).First(e => e.Kind == EventKind.Config && e.Data is not null).Data!;
        Assert.Equal(MoELab.Plugins.RecipeInFull.InFull(_tiny.Recipe, _tiny.Catalog), Recipe.FromTree(System.Text.Json.Nodes.JsonNode.Parse(echoed.ToJsonString())!.AsObject()));
        Assert.All(RecipeKeys.All.Select(k => k.Path).Where(p => p.StartsWith("training.", StringComparison.Ordinal)), p => Assert.NotNull(echoed["training"]![p[9..]]));
    }

    [Plugin("elsewhere", "runs nowhere")]
    public sealed class ElsewhereKernel : IExpertKernel
    {
        public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
        {
            reason = "it runs elsewhere";
            return false;
        }

        public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan) => throw new NotSupportedException();
    }
}
