using MoELab.Experts;
using MoELab.Plugins;

namespace MoELab.Tests.Experts;

public sealed class ExpertKernelsTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    [Fact]
    public void AutoTakesTheFastest() => Assert.Equal(("packed", null), Pick("auto", torch.ScalarType.Float32));

    [Fact]
    public void AChoiceIsKept() => Assert.Equal(("reference", null), Pick("reference", torch.ScalarType.Float32));

    [Fact]
    [Trait("bug", "silent-fallback")]
    public void AChoiceThatDoesNotRunIsReplacedWithASentence()
    {
        var (name, note) = Pick("packed", torch.ScalarType.BFloat16);
        Assert.Equal("reference", name);
        Assert.Equal("kernel 'packed' does not run here (packed computes in Float32 on CPU, not in BFloat16 on CPU); 'reference' is used instead", note);
    }

    [Theory]
    [InlineData(18, 16)]
    [InlineData(16, 18)]
    public void WidthsThatTheGroupedProductDoesNotTakeAreNamed(int width, int inner)
    {
        using var scope = torch.NewDisposeScope();
        var problem = new ExpertCase(8, width, inner, 2, 1, (t, _) => t % 2);
        var error = Assert.Throws<InputException>(() => problem.Run(new GroupedMmKernel()));
        Assert.Equal($"kernel: grouped-mm needs widths that are multiples of 4 in Float32, not model.d_model {width} and model.expert_ffn {inner}; use another expert kernel or other widths", error.Message);
    }

    [Fact]
    public void AnUnknownKernelIsNamed() =>
        Assert.Contains("did you mean 'packed'?", Assert.Throws<InputException>(() => Pick("packd", torch.ScalarType.Float32)).Message, StringComparison.Ordinal);

    [Fact]
    public void TheCoreAloneTakesTheReferenceOnTheProcessor()
    {
        using var core = new PluginCatalog();
        core.Register(typeof(ExpertKernels).Assembly);
        Assert.Equal("reference", ExpertKernels.Select(core, new PluginChoice("auto"), torch.CPU, torch.ScalarType.Float32).Name);
    }

    [Fact]
    public void AKernelThatIsNoMoreIsToldTheKernelsThereAre() =>
        Assert.Matches("^kernel: .*'sliced': no such plugin; known: .*packed.*reference", Assert.Throws<InputException>(() => Pick("sliced", torch.ScalarType.Float32)).Message);

    [Fact]
    public void ThePlanIsAStableSort()
    {
        using var scope = torch.NewDisposeScope();
        var choice = RouterChoice.FromTopK(torch.tensor(new long[,] { { 2, 0 }, { 0, 3 }, { 2, 0 } }));
        using var plan = DispatchPlanner.Plan(choice, 3, 4);
        Assert.Equal([3, 0, 2, 1], plan.Counts);
        Assert.Equal([3, 3, 5, 6], plan.Ends_E.data<int>().ToArray());
        Assert.Equal([0L, 1, 2, 0, 2, 1], plan.RowToken_N.data<long>().ToArray());
        Assert.Equal([1L, 2, 5, 0, 4, 3], plan.RowChoice_N.data<long>().ToArray());
        Assert.Equal((3, 2), (plan.Tokens, plan.TopK));
    }

    [Fact]
    public void AnExpertThatDoesNotExistIsRefused()
    {
        using var scope = torch.NewDisposeScope();
        var choice = RouterChoice.FromTopK(torch.tensor(new long[,] { { 4 } }));
        Assert.Contains("choice 0 names expert 4; expected 0 to 3", Assert.Throws<ArgumentOutOfRangeException>(() => DispatchPlanner.Plan(choice, 1, 4)).Message, StringComparison.Ordinal);
    }

    private static (string Name, string? Note) Pick(string name, torch.ScalarType dtype)
    {
        var selected = ExpertKernels.Select(Catalog, new PluginChoice(name), torch.CPU, dtype);
        return (selected.Name, selected.Note);
    }
}
