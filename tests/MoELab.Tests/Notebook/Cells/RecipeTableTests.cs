using MoELab.Data.Tokenization;
using MoELab.Recipes.Costs;

namespace MoELab.Tests.Notebook.Cells;

public sealed class RecipeTableTests
{
    [Fact]
    public async Task A_recipe_as_a_value_says_what_it_trains_what_that_costs_and_where_it_differs()
    {
        using var cells = new CellRunner();
        var preset = Recipe.Load("lab-tiny");
        var parameters = RecipeCost.Of(preset, int.Parse(preset.Data.Tokenizer[4..], CultureInfo.InvariantCulture)).TotalParameters;
        var shown = Assert.Single((await cells.Run("lab.Recipe(\"lab-tiny\")")).Results);
        var html = (string)shown.Forms["text/html"];
        Assert.Contains("recipe &#39;lab-tiny&#39;", html, StringComparison.Ordinal);
        Assert.Contains("the preset", html, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e6:0.##}M, of which a token uses"), html, StringComparison.Ordinal);
        Assert.Contains("FLOPs", shown.Plain, StringComparison.Ordinal);
        Assert.DoesNotContain("PluginChoice {", shown.Plain, StringComparison.Ordinal);

        var changed = Assert.Single((await cells.Run("lab.Recipe(\"lab-tiny\").With(\"balancer.kappa\", 3)")).Results).Plain;
        Assert.Contains("1 value differs from lab-tiny", changed, StringComparison.Ordinal);
        Assert.Matches("balancer\\.kappa .* 3", changed);
    }

    // 199,998 pieces and two special tokens of o200k; a file's size only reading tells.
    [Theory, InlineData("bytes", 257), InlineData("bpe-512", 512), InlineData("o200k_base", 200_000), InlineData("my/tokenizer.json", 0)]
    public void The_cost_counts_with_the_vocabulary_that_the_tokenizer_has(string tokenizer, int size) => Assert.Equal(size, NominalVocabulary.Of(tokenizer));
}
