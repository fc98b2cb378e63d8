using MoELab.Recipes;

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
        var training = ((Recipe)"trinity-large").Training;
        var (at, later) = training.BatchSteps.Single();
        var first = (long.Parse(at) - 1) * training.TokensPerStep;
        Assert.Equal(4.9e12, first, 1e9);
        Assert.Equal(17e12, first + (training.Steps - long.Parse(at) + 1) * later, 1e9);
    }
}
