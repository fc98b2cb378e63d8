using MoELab.Plugins;
using MoELab.Recipes.Costs;
using MoELab.Tests.Recipes;

namespace MoELab.Tests.Cli;

public sealed class RecipeCommandTests
{
    [Theory]
    [InlineData("trinity-nano", 6.12, 1.024)]
    [InlineData("trinity-mini", 26.12, 3.475)]
    public void Show_reports_sizes_as_one_json_document(string preset, double total, double active)
    {
        var run = CliRun.Of("recipe", "show", preset, "--json");
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Equal(total, run.Json["total_parameters"]!.GetValue<long>() / 1e9, 2);
        Assert.Equal(active, run.Json["active_parameters"]!.GetValue<long>() / 1e9, 3);
        Assert.True(run.Json["active_parameters_without_embeddings"]!.GetValue<long>() < run.Json["active_parameters"]!.GetValue<long>());
        Assert.True(run.Json["flops_per_token"]!.GetValue<double>() > 6 * run.Json["active_matrix_parameters"]!.GetValue<long>());
    }

    [Fact]
    public void Show_prints_yaml_that_is_the_recipe_with_every_option()
    {
        using var catalog = PlainOptimizer.Catalog();
        var run = CliRun.Of("recipe", "show", "lab-tiny", "--set", "training.steps=24", "--set", "balancer=sign-bias");
        Assert.Equal(0, run.Exit);
        Assert.Equal(((Recipe)"lab-tiny").With("training.steps=24").With("balancer=sign-bias").InFull(catalog).ToYaml(), RecipeYaml.Parse(run.Output).ToYaml());
        Assert.Contains("gamma: 0.001", run.Output, StringComparison.Ordinal);
        Assert.Contains(RecipeCost.Convention, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sigmoid-top-k", null)]
    [InlineData("sinkhorn", "router 'sinkhorn' lets a token's choice depend on later tokens in training")]
    [InlineData("expert-choice", "the model cannot generate")]
    public void Show_warns_of_a_router_that_sees_later_tokens(string router, string? warning)
    {
        var text = CliRun.Of("recipe", "show", "lab-tiny", "--set", $"router={router}").Output;
        Assert.Equal(warning is not null, text.Contains("# warning: router", StringComparison.Ordinal));
        Assert.Contains(warning ?? "", text, StringComparison.Ordinal);
        var note = CliRun.Of("recipe", "show", "lab-tiny", "--set", $"router={router}", "--json").Json["router_note"];
        Assert.Contains(warning ?? "", (string?)note ?? "", StringComparison.Ordinal);
        Assert.Equal(warning is null, note is null);
    }

    [Fact]
    public void Show_says_that_active_experts_are_a_target_where_the_router_adapts()
    {
        const string note = "router 'remoe' approaches model.active_experts as a target; these figures hold once a token uses 2 experts on average";
        Assert.Contains($"# note: {note}", CliRun.Of("recipe", "show", "lab-tiny", "--set", "router=remoe").Output, StringComparison.Ordinal);
        Assert.Equal(note, (string?)CliRun.Of("recipe", "show", "lab-tiny", "--set", "router=remoe", "--json").Json["router_note"]);
    }

    [Fact]
    public void Assignments_that_fit_only_together_are_taken_together() =>
        Assert.Equal(0, CliRun.Of("recipe", "show", "lab-tiny", "--set", "training.sequence_length=3000", "--set", "training.tokens_per_step=6000", "--set", "training.micro_batch_tokens=3000").Exit);

    [Fact]
    public void List_names_every_preset() =>
        Assert.Equal(Presets.Names, CliRun.Of("recipe", "list", "--json").Json.AsArray().Select(r => r!["name"]!.GetValue<string>()));

    [Fact]
    public void Diff_lists_what_differs()
    {
        var run = CliRun.Of("recipe", "diff", "lab-tiny", "lab-tiny", "--set", "balancer.kappa=3", "--json");
        var difference = (JsonObject)Assert.Single(run.Json.AsArray())!;
        Assert.Equal("balancer.kappa", difference["path"]!.GetValue<string>());
        Assert.Equal("3", difference["right"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("recipe show lab-tinny", "did you mean 'lab-tiny'")]
    [InlineData("recipe show lab-tiny --set balancer.kapa=3", "did you mean 'kappa'")]
    [InlineData("recipe show lab-tiny --set training.steps=0", "out of range")]
    [InlineData("recipe show", "needs RECIPE")]
    [InlineData("recipee", "recipee")]
    [InlineData("plugins smebo", "did you mean 'smebu'")]
    public void Bad_input_is_one_sentence_on_standard_error_and_exit_code_2(string line, string part)
    {
        var run = CliRun.Of(line.Split(' '));
        Assert.Equal(2, run.Exit);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }
}
