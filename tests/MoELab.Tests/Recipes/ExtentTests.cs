namespace MoELab.Tests.Recipes;

public sealed class ExtentTests
{
    [Theory]
    [InlineData("2000", 2000, ExtentUnit.Number, "2000")]
    [InlineData("0.05", 0.05, ExtentUnit.Number, "0.05")]
    [InlineData("2000 steps", 2000, ExtentUnit.Steps, "2000 steps")]
    [InlineData("1 step", 1, ExtentUnit.Steps, "1 step")]
    [InlineData("2K steps", 2000, ExtentUnit.Steps, "2000 steps")]
    [InlineData("500M", 5e8, ExtentUnit.Tokens, "500M")]
    [InlineData("10T", 1e13, ExtentUnit.Tokens, "10T")]
    [InlineData("4.9T", 4.9e12, ExtentUnit.Tokens, "4.9T")]
    [InlineData("2b tokens", 2e9, ExtentUnit.Tokens, "2B")]
    [InlineData("4096 tokens", 4096, ExtentUnit.Tokens, "4.096K")]
    [InlineData("512 tokens", 512, ExtentUnit.Tokens, "512 tokens")]
    [InlineData("10%", 0.1, ExtentUnit.Share, "10%")]
    [InlineData(" 12.5 % ", 0.125, ExtentUnit.Share, "12.5%")]
    [InlineData("100%", 1, ExtentUnit.Share, "100%")]
    public void Text_is_read_and_written_back(string text, double value, ExtentUnit unit, string written)
    {
        var extent = Extent.Parse(text);
        Assert.Equal((value, unit), (extent.Value, extent.Unit));
        Assert.Equal(written, extent.ToString());
        Assert.Equal(extent, Extent.Parse(written));
    }

    [Theory]
    [InlineData(""), InlineData("x"), InlineData("-1"), InlineData("5X"), InlineData("101%"), InlineData("5K%"), InlineData("1.2.3"), InlineData("0.5 steps"), InlineData("1e40 tokens"), InlineData("5 minutes")]
    public void What_is_no_extent_gets_one_sentence(string text) =>
        Assert.Contains($"'{text}' is not valid; expected steps (2000)", Assert.Throws<InputException>(() => Extent.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_bare_number_is_a_share_below_one_and_steps_above_and_the_key_says_what_one_is()
    {
        Assert.True(((Extent)0.5).IsShare() && ((Extent)2).IsSteps() && ((Extent)1).IsSteps() && ((Extent)1).IsShare(oneIsShare: true));
        Assert.False(((Extent)1).IsSteps(oneIsShare: true));
    }

    [Fact]
    public void Every_place_of_a_recipe_takes_steps_tokens_and_shares()
    {
        var recipe = RecipeYaml.Parse("""
            recipe: lab-tiny
            data: { phases: [ { length: 30% }, { length: 100 steps }, { share: 2 } ] }
            training: { warmup: 2%, decay: 250K, decay_shape: 1-sqrt, eval_every: 100K, checkpoint_every: 10%, batch_steps: { 50%: 8192, 1M: 16384 } }
            schedule: [ { step: 500K, set: { balancer: none } }, { step: 90%, set: { balancer: smebu } } ]
            """);
        Assert.Equal(("2%", "250K", DecayShape.OneMinusSqrt), (recipe.Training.Warmup.ToString(), recipe.Training.Decay.ToString(), recipe.Training.DecayShape));
        Assert.Equal(recipe, RecipeYaml.Parse(recipe.ToYaml()));
        Assert.Equal(recipe.Hash(), RecipeYaml.Parse(recipe.ToYaml()).Hash());
    }
}
