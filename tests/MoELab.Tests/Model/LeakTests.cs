using MoELab.Experts;
using MoELab.Model;
using MoELab.Plugins;

namespace MoELab.Tests.Model;

/// <summary>What a position may not see does not reach it: found by changing one token and looking where logits move.</summary>
public sealed class LeakTests : IDisposable
{
    private const int Length = 16;
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();
    private static readonly ModelRecipe Recipe = SimpleModel.Recipe with { InitSigma = 0.3 };
    private readonly IDisposable _scope = torch.NewDisposeScope();

    /// <summary>Every router that may evaluate; replay needs a recording and then sees no token at all.</summary>
    public static TheoryData<string> CausalRouters => [.. Catalog.All
        .Where(p => p.Kind == PluginKind.Router && p.Source != "registered" && p.Name != "replay")
        .Select(p => p.Name).Where(n => Router(n).IsCausalInEvaluation)];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(CausalRouters))]
    public void A_token_reaches_no_earlier_position_and_no_other_sequence(string router)
    {
        using var model = new MoEModel(Recipe with { Experts = 8 }, SimpleModel.Vocabulary, Router(router), new ReferenceKernel(), new LocalDispatcher(), 1, torch.CPU, torch.ScalarType.Float32);
        foreach (var at in new[] { 3, 10, Length - 1 })
        {
            var moved = Moved(model, Recipe, null, at);
            Assert.DoesNotContain(moved, t => t < at || t >= Length);
            Assert.Contains(at, moved);
        }
    }

    [Theory, InlineData(1, 5), InlineData(2, 3), InlineData(3, 4), InlineData(4, 1)]
    public void A_model_of_local_layers_sees_as_far_as_its_windows_reach(int layers, int window)
    {
        var recipe = Recipe with { Layers = layers, DenseLayers = 0, GlobalEvery = 0, Window = window };
        using var model = SimpleModel.Create(recipe);
        var moved = Moved(model, recipe, null, 1);
        Assert.Equal(Enumerable.Range(1, Math.Min(Length - 1, (layers * (window - 1)) + 1)), moved);
    }

    [Fact]
    public void A_global_layer_sees_everything_before_it()
    {
        var recipe = Recipe with { Layers = 1, DenseLayers = 0, GlobalEvery = 1, Window = 2 };
        using var model = SimpleModel.Create(recipe);
        Assert.Equal(Enumerable.Range(1, Length - 1), Moved(model, recipe, null, 1));
    }

    [Fact]
    public void A_token_stays_in_its_document_of_a_packed_row()
    {
        using var model = SimpleModel.Create(Recipe);
        using var without = SimpleModel.Create(Recipe with { IntraDocumentMask = false });
        long[] documents = [.. Enumerable.Range(0, Length).Select(t => t < 5 ? 0L : t < 11 ? 1 : 2)];
        Assert.Equal(Enumerable.Range(6, 5), Moved(model, Recipe, documents, 6));
        Assert.Equal(Enumerable.Range(6, Length - 6), Moved(without, Recipe, documents, 6));
    }

    [Fact]
    public void A_document_gives_the_same_logits_behind_another_as_alone()
    {
        using var model = SimpleModel.Create(Recipe);
        var ids = SimpleModel.Ids(1, Length);
        var documents = torch.tensor(Enumerable.Range(0, Length).Select(t => t < 7 ? 0L : 1).ToArray(), [1, Length]);
        var packed = SimpleModel.Logits(model, ids, documents)[(7 * SimpleModel.Vocabulary)..];
        var alone = SimpleModel.Logits(model, ids.narrow(1, 7, Length - 7).contiguous());
        Assert.All(packed.Zip(alone), p => Assert.Equal(p.First, p.Second, 1e-4));
    }

    private static IRouter Router(string name) => Catalog.Create<IRouter>(new PluginChoice(name), "router");

    /// <summary>Positions of two sequences whose logits move when one token of the first changes.</summary>
    private static List<int> Moved(MoEModel model, ModelRecipe recipe, long[]? documents, int at)
    {
        var ids = SimpleModel.Ids(2, Length);
        var documents_BS = documents is null ? null : torch.tensor([.. documents, .. documents], [2, Length]);
        using var state = (model.Router as IAdaptiveRouter)?.CreateState(recipe.MoELayers, recipe.Experts);
        var context = new ForwardContext { RouterState = state, Domain_T = torch.zeros(2 * Length, dtype: torch.ScalarType.Int64), Domains = 1 };
        var before = SimpleModel.Logits(model, ids, documents_BS, context);
        ids[0, at] = (ids[0, at] + 1).remainder(SimpleModel.Vocabulary);
        var after = SimpleModel.Logits(model, ids, documents_BS, context);
        return [.. Enumerable.Range(0, 2 * Length).Where(t => Enumerable.Range(t * SimpleModel.Vocabulary, SimpleModel.Vocabulary).Any(i => Math.Abs(before[i] - after[i]) > 1e-5))];
    }
}
