using MoELab.Experts;
using MoELab.Model;
using MoELab.Plugins;
using MoELab.Recipes.Costs;
using MoELab.Tests.Model;
using MoELab.Training.Metrics;

namespace MoELab.Tests.Recipes;

public sealed class RecipeCostTests
{
    [Theory]
    [InlineData("trinity-nano", 6.12e9, 1.024e9)]
    [InlineData("trinity-mini", 26.12e9, 3.475e9)]
    [InlineData("trinity-large", 398.6e9, 13.372e9)]
    public void Trinity_has_the_published_sizes(string preset, double total, double active)
    {
        var cost = RecipeCost.Of(preset, 200_192);
        Assert.Equal(total / 1e9, cost.TotalParameters / 1e9, total > 1e11 ? 1 : 2);
        Assert.Equal(active / 1e9, cost.ActiveParameters / 1e9, 3);
    }

    [Fact]
    public void One_trillion_is_just_above_one()
    {
        var cost = RecipeCost.Of("trinity-1t", 0);
        Assert.InRange(cost.TotalParameters, 1.0e12, 1.1e12);
        Assert.Equal((4, 512), (((Recipe)"trinity-1t").Model.ActiveExperts, ((Recipe)"trinity-1t").Model.Experts));
    }

    [Theory]
    [InlineData("lab-tiny", 512, 0.4e6, 0.8e6)]
    [InlineData("lab-small", 1024, 1.7e6, 2.6e6)]
    public void Lab_sizes_are_what_their_names_promise(string preset, int vocabulary, double low, double high) =>
        Assert.InRange(RecipeCost.Of(preset, vocabulary).ActiveParametersWithoutEmbeddings, low, high);

    // One layer of each kind by hand: d 8, 2 heads of 4, 1 kv head, dense 16, experts 4 of width 6, 2 active, 1 shared, V 10.
    [Fact]
    public void A_small_model_adds_up_by_hand()
    {
        Recipe recipe = new()
        {
            Model = new ModelRecipe { Layers = 2, DenseLayers = 1, DModel = 8, Heads = 2, KvHeads = 1, HeadDim = 4, Ffn = 16, ExpertFfn = 6, Experts = 4, ActiveExperts = 2, Window = 2, GlobalEvery = 2 },
            Training = new TrainingRecipe { SequenceLength = 4, TokensPerStep = 8, MicroBatchTokens = 8 },
        };
        var cost = RecipeCost.Of(recipe, 10);
        const int attention = 8 * 8 * 3 + 8 * 4 * 2, dense = 3 * 8 * 16, expert = 3 * 8 * 6, router = 4 * 8, norms = 2 * (4 * 8 + 2 * 4) + 8;
        Assert.Equal(2 * attention + dense + router + 5 * expert + norms + 160, cost.TotalParameters);
        Assert.Equal(2 * attention + dense + router + 3 * expert + norms + 160, cost.ActiveParameters);
        Assert.Equal(cost.ActiveParameters - 160, cost.ActiveParametersWithoutEmbeddings);
        Assert.Equal(cost.ActiveParameters - norms - 80, cost.ActiveMatrixParameters);
        // Layer 1 is local: keys 1, 2, 2, 2; layer 2 is global: 1, 2, 3, 4.
        Assert.Equal(12 * 8 * (7 / 4.0 + 10 / 4.0), cost.AttentionFlopsPerToken, 9);
        Assert.Equal(4, cost.TokensPerExpert);
    }

    // A router may have matrices beside its own, as noisy top-k has for the noise.
    [Theory, InlineData("sigmoid-top-k", 0, true, 0), InlineData("noisy-top-k", 0, true, 3), InlineData("sigmoid-top-k", 6, true, 0), InlineData("sigmoid-top-k", 6, false, 1)]
    public void A_real_model_has_as_many_parameters(string router, int latent, bool norm, int nullExperts)
    {
        var recipe = new Recipe { Model = SimpleModel.Recipe with { Experts = 8, Latent = latent, LatentNorm = norm, NullExperts = nullExperts }, Router = new(router) };
        using var scope = torch.NewDisposeScope();
        using var model = new MoEModel(recipe.Model, SimpleModel.Vocabulary, PluginCatalog.Discover().Create<IRouter>(recipe.Router, "router"), new ReferenceKernel(), new LocalDispatcher(), 1, torch.CPU, torch.ScalarType.Float32);
        Assert.Equal(model.Parameters.Sum(p => p.Value.numel()), RecipeCost.Of(recipe, SimpleModel.Vocabulary).TotalParameters);
        Assert.Equal(RecipeCost.Of(recipe, SimpleModel.Vocabulary, model.Router.ExtraMatrices.Count).FlopsPerToken, RecipeCost.Of(recipe, SimpleModel.Vocabulary).FlopsPerToken);
    }

    // Half of the choices fall on null experts, so a token uses one expert instead of two; the router has twice the rows.
    [Fact]
    public void Null_experts_cost_rows_of_the_router_and_nothing_else()
    {
        Recipe recipe = "lab-tiny";
        var (m, plain) = (recipe.Model, RecipeCost.Of(recipe, 300));
        var with = RecipeCost.Of(recipe.With("model.null_experts", m.Experts), 300);
        long rows = (long)m.MoELayers * m.Experts * m.DModel, expert = 3L * m.MoELayers * m.DModel * m.ExpertFfn;
        Assert.Equal(plain.TotalParameters + rows, with.TotalParameters);
        Assert.Equal(plain.FlopsPerToken + (6.0 * (rows - (expert * m.ActiveExperts / 2))), with.FlopsPerToken);
        Assert.Equal(plain.TokensPerExpert / 2, with.TokensPerExpert);
    }

    [Fact]
    public void Newton_schulz_follows_the_formula()
    {
        var matrix = new RecipeMatrix("experts.up", "experts", 256, 128, 1, 1);
        Assert.Equal(20.0 * 128 * 128 * 256 + 10.0 * 128 * 128 * 128, matrix.NewtonSchulzFlops);
        // Every recipe without an orthogonalising optimizer has none.
        using var plugins = PluginCatalog.Discover();
        Assert.Equal(0, plugins.Cost(((Recipe)"lab-tiny").With("optimizer=adamw"), 512).NewtonSchulzShare);
        Assert.InRange(plugins.Cost("lab-small", 1024).NewtonSchulzShare, 1e-6, plugins.Cost(((Recipe)"lab-small").With("training.tokens_per_step=4096"), 1024).NewtonSchulzShare);
    }

    [Fact]
    public void The_recipes_vocabulary_wins_over_the_tokenizers()
    {
        var recipe = ((Recipe)"lab-tiny").With("model.vocabulary=600");
        Assert.Equal(600, RecipeCost.Of(recipe, 512).Vocabulary);
        Assert.Equal(600, recipe.Model.ResolveVocabulary(512));
        Assert.Equal(512, ((Recipe)"lab-tiny").Model.ResolveVocabulary(512));
        Assert.Contains("model.vocabulary", Assert.Throws<InputException>(() => recipe.Model.ResolveVocabulary(601)).Message, StringComparison.Ordinal);
    }
}
