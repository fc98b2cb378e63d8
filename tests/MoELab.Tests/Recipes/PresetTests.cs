using MoELab.Recipes.Lengths;

namespace MoELab.Tests.Recipes;

public sealed class PresetTests
{
    public static TheoryData<string> AllNames => [.. Presets.Names];

    [Theory, MemberData(nameof(AllNames))]
    public void Every_preset_is_valid_and_survives_yaml(string name)
    {
        Recipe preset = name;
        Assert.Equal(name, preset.Name);
        Assert.Equal(preset, RecipeYaml.Parse(preset.ToYaml()));
        Assert.Equal(preset.ToYaml(), RecipeYaml.Parse(preset.ToYaml()).ToYaml());
    }

    [Theory, MemberData(nameof(AllNames))]
    public void Twenty_four_steps_of_a_lab_preset_are_valid(string name)
    {
        if (name.StartsWith("lab", StringComparison.Ordinal))
            Assert.Equal(24, ((Recipe)name).With("training.steps=24").Training.Steps);
    }

    [Fact]
    public void Large_reads_seventeen_trillion_tokens()
    {
        var timeline = new TrainingTimeline(((Recipe)"trinity-large").Training);
        // 4.9T tokens in steps of 12,288 sequences of 8,192: 48,677.6 of them.
        Assert.Equal(12_288L * 8192, timeline.TokensAt(48_678));
        Assert.Equal(16_384L * 8192, timeline.TokensAt(48_679));
        Assert.Equal(48_678L * 12_288 * 8192, timeline.TokensBefore(48_679));
        Assert.Equal(17e12, timeline.TotalTokens, 2e8);
    }

    [Theory]
    [InlineData("trinity-nano")]
    [InlineData("trinity-mini")]
    public void Nano_and_Mini_read_ten_trillion_tokens_in_phases_of_7_and_1_8_and_1_2(string name)
    {
        Recipe recipe = name;
        var timeline = new TrainingTimeline(recipe.Training);
        Assert.Equal(10e12, timeline.TotalTokens, 4e7);
        var ends = PhaseEnds.Of(recipe.Data.Phases, timeline);
        Assert.Equal([7e12, 8.8e12, 10e12], ends.Select(e => Math.Round(e * timeline.TotalTokens / 1e9) * 1e9));
        // Half of the tokens at each batch size: 298,024 steps of 16.8M, then 149,011 of 33.6M.
        Assert.Equal(4096L * 4096, timeline.TokensAt(298_024));
        Assert.Equal(8192L * 4096, timeline.TokensAt(298_025));
        Assert.Equal(5e12, timeline.TokensBefore(298_025), 2e7);
    }

    // At so many trillion tokens: warm-up over 2,000 steps of 16.8M or 100.7M, stable, then linear to 0 over the last 1.2T of Nano and Mini
    // and a cosine to a tenth over the last 2.55T of Large.
    [Theory]
    [InlineData("trinity-nano", 0.01677721, 0.5)]
    [InlineData("trinity-nano", 0.1, 1)]
    [InlineData("trinity-nano", 7, 1)]
    [InlineData("trinity-nano", 8.7999, 1)]
    [InlineData("trinity-nano", 9.4, 0.5)]
    [InlineData("trinity-nano", 9.7, 0.25)]
    [InlineData("trinity-mini", 9.4, 0.5)]
    [InlineData("trinity-large", 0.10066329, 0.5)]
    [InlineData("trinity-large", 10, 1)]
    [InlineData("trinity-large", 14.449, 1)]
    [InlineData("trinity-large", 15.725, 0.55)]
    [InlineData("trinity-large", 16.3625, 0.1 + (0.45 * (1 - 0.70710678)))]
    [InlineData("trinity-1t", 15.725, 0.55)]
    public void The_learning_rate_follows_the_tokens(string name, double trillion, double factor)
    {
        var training = ((Recipe)name).Training;
        var timeline = new TrainingTimeline(training);
        Assert.Equal(factor, new MoELab.Optimization.LearningRateSchedule(training).At(timeline.FirstFrom(trillion * 1e12)), 1e-3);
    }

    [Fact]
    public void The_last_step_of_every_preset_trains() =>
        Assert.All(Presets.Names, n => Assert.True(new MoELab.Optimization.LearningRateSchedule(((Recipe)n).Training).At(((Recipe)n).Training.Steps) > 0));

    [Fact]
    public void One_dial_gives_a_ladder_of_sizes_that_starts_from_the_smallest_preset()
    {
        Assert.Equal((Recipe)"lab-tiny", (Recipe)"depth-4" with { Name = "lab-tiny" });
        foreach (var depth in new[] { 2, 6, 8, 10, 64 })
        {
            var (model, training) = (((Recipe)$"depth-{depth}").Model, ((Recipe)$"depth-{depth}").Training);
            Assert.Equal((depth, 32 * depth, 64 * depth, 16 * depth), (model.Layers, model.DModel, model.Ffn, model.ExpertFfn));
            Assert.Equal(300 * Math.Pow(depth / 4.0, 3), training.Steps, 1.0);
        }
        Assert.Equal("recipe 'depth-5': 5 layers; expected an even number from 2 to 64, such as depth-4", Assert.Throws<InputException>(() => (Recipe)"depth-5").Message);
        Assert.Throws<InputException>(() => (Recipe)"depth-66");
    }
}
