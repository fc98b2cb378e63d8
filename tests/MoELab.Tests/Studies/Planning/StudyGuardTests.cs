using MoELab.Plugins;
using MoELab.Studies;
using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Tests.Studies.Planning;

public sealed class StudyGuardTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();
    private readonly string _runs = TestFolders.New("runs");

    private MoELab.Lab Lab => new(_runs, Catalog);

    private Study Tiny => Lab.Study("lab-tiny").Seeds(2).Budget("20 steps");

    private static string Refused(Study study) => Assert.Throws<InputException>(() => study.Plan()).Message;

    [Fact]
    public void An_arm_without_a_difference_is_refused() =>
        Assert.Equal("arms 'lab-tiny' and 'again': their recipes are equal, so there is nothing to compare; expected a difference",
            Refused(Tiny.Arms(Arm.Set("lab-tiny"), Arm.Set("again", "balancer.kappa=2"))));

    [Fact]
    public void Recipes_that_differ_and_hash_alike_are_told_apart()
    {
        var arms = Tiny.Arms("smebu", "none").Plan().Arms;
        Assert.Equal("arms 'smebu' and 'none': their recipes differ and have one hash (same); change a value that does not matter, such as training.keep_checkpoints, in one of them",
            Assert.Throws<InputException>(() => StudyGuards.Check(Tiny, arms, _ => "same")).Message);
    }

    [Fact]
    public void A_recipe_that_differs_in_more_than_is_said_is_refused_until_it_is_said()
    {
        var wider = Recipe.FromTree(Recipe.Load("lab-tiny").With("model.ffn=384").With("balancer=none").ToTree()) with { Name = "wider" };
        var study = Tiny.Arms("smebu", wider).MayDiffer("balancer");
        Assert.Equal("arm 'wider': differs from 'smebu' in more than the study says: model.ffn is 384 and not 256; name it in the arm or under 'differs'", Refused(study));
        Assert.Equal(2, study.MayDiffer("model.ffn").Plan().Arms.Count);
    }

    [Fact]
    public void Another_plugin_brings_its_options_without_a_word() =>
        Assert.Equal(3, Tiny.Arms("smebu", "sign-bias", Arm.Set("adamw", "optimizer=adamw")).Plan().Arms.Count);

    [Theory]
    [InlineData("training.seed=3", "arm 'b': sets training.seed, which the study sets for all arms (seeds)")]
    [InlineData("training.threads=2", "arm 'b': sets training.threads, which the study sets for all arms (threads)")]
    [InlineData("training.steps=30", "arm 'b': sets training.steps, which the study sets for all arms (budget)")]
    [InlineData("balancer.kapa=1", "arm 'b': balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("data.min_document_tokens=32", "arm 'b': differs from 'a' in data.min_document_tokens, so the two are evaluated on different text, and eval/bits_per_byte cannot be compared; expected the same data")]
    [InlineData("data.shuffle_tokens=true", "arm 'b': differs from 'a' in data.shuffle_tokens, so the two are evaluated on different text, and eval/bits_per_byte cannot be compared; expected the same data")]
    public void What_an_arm_may_not_set_is_named(string assignment, string sentence) =>
        Assert.StartsWith(sentence, Refused(Tiny.Arms(Arm.Set("a"), Arm.Set("b", assignment))), StringComparison.Ordinal);

    [Fact]
    public void Routing_may_be_compared_with_a_control_without_language() =>
        Assert.Equal(2, Tiny.Arms(Arm.Set("a"), Arm.Set("b", "data.shuffle_tokens=true")).Decides("eval/nmi/mean").Plan().Arms.Count);

    [Fact]
    public void Losses_per_token_need_one_tokenizer_and_bits_per_byte_do_not()
    {
        var study = Tiny.Arms(Arm.Set("a"), Arm.Set("b", "data.tokenizer=bytes"));
        Assert.Equal(2, study.Plan().Arms.Count);
        Assert.Equal("arm 'b': differs from 'a' in data.tokenizer, so a token is not the same text, and eval/loss (per token) cannot be compared; expected metric: eval/bits_per_byte",
            Refused(study.Decides("eval/loss")));
    }

    [Fact]
    public void Unequal_lengths_need_a_budget() =>
        Assert.Equal("arm 'b': trains on 40,960 tokens and 'a' on 1,228,800; expected a 'budget' for all arms, or training.steps under 'differs'",
            Refused(Lab.Study("lab-tiny").Arms(Arm.Set("a"), Arm.Set("b", "training.steps=10"))));

    [Fact]
    public void Seeds_are_each_their_own_and_an_interval_needs_two()
    {
        Assert.Equal("seeds: 4 occurs twice; two runs of one seed are the same run, so expected each seed once", Refused(Tiny.Arms("smebu", "none").Seeds(4, 5, 4)));
        Assert.Equal("seeds: one seed gives no interval, and 'difference: 0.01' asks for one; expected at least 2 seeds, or no 'difference'",
            Refused(Tiny.Arms("smebu", "none").Seeds(1).Decides("eval/bits_per_byte", 0.01)));
        Assert.Contains("one seed gives no interval", Assert.Single(Tiny.Arms("smebu", "none").Seeds(1).Plan().Notes), StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Tiny.Seeds(0));
    }

    [Fact]
    public void Names_that_would_name_runs_alike_are_refused() =>
        Assert.Equal("arms 'a b' and 'a-b': their runs would have one name ('a-b'); expected names that differ in letters or digits",
            Refused(Tiny.Arms(Arm.Set("a b"), Arm.Set("a-b", "balancer=none"))));

    [Theory]
    [InlineData("max_vio/mean", "model.dense_layers=4", "metric 'max_vio/mean': arm 'b' does not log it, as its model has no MoE layer")]
    [InlineData("eval/nmi/mean", "model.dense_layers=4", "metric 'eval/nmi/mean': arm 'b' does not log it, as its model has no MoE layer")]
    [InlineData("experts/null_share", "model.ffn=384", "metric 'experts/null_share': arm 'a' does not log it, as its model.null_experts is 0")]
    [InlineData("eval_final/bits_per_byte", "training.eval_final_tokens=0", "metric 'eval_final/bits_per_byte': arm 'b' does not log it, as its training.eval_final_tokens is 0")]
    public void A_metric_that_an_arm_cannot_log_is_named(string metric, string assignment, string sentence) =>
        Assert.Equal(sentence, Refused(Tiny.Arms(Arm.Set("a"), Arm.Set("b", assignment)).Decides(metric)));

    [Theory]
    [InlineData("2M tokens", 488)]
    [InlineData("20 steps", 20)]
    public void A_budget_gives_every_arm_its_steps(string budget, int steps) =>
        Assert.All(Tiny.Budget(budget).Arms("smebu", "none").Plan().Arms, a => Assert.Equal(steps, a.Recipe.Training.Steps));

    [Fact]
    public void A_budget_of_compute_gives_a_costlier_arm_fewer_steps()
    {
        var plan = Tiny.Budget("5e13 FLOPs").Arms(Arm.Set("a"), Arm.Set("wide", "model.ffn=1024")).Plan();
        var flops = plan.Arms.Select(a => StudyArms.FlopsPerToken(a.Recipe, Catalog) * a.Recipe.Training.Steps * a.Recipe.Training.TokensPerStep).ToArray();
        Assert.True(plan.Arms[0].Recipe.Training.Steps > plan.Arms[1].Recipe.Training.Steps);
        Assert.All(flops, f => Assert.InRange(f, 4.9e13, 5.1e13));
        Assert.Contains("expected from 1 to 100000000", Refused(Tiny.Budget("1 FLOP")), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_seeds_for_the_difference_are_counted_from_the_noise_that_was_measured()
    {
        var study = Tiny.Arms("smebu", "none").Decides("eval/bits_per_byte", 0.01);
        var folder = StudyPlanner.FolderOf(_runs, "noise");
        Directory.CreateDirectory(folder);
        foreach (var (i, value) in new[] { 2.0, 2.01, 2.02, 1.99 }.Index())
            ResultLog.Append(folder, new StudyResult { Study = "noise", Arm = "lab-tiny", Seed = i, Run = $"noise-{i}", Recipe = $"{i}", ArmRecipe = study.Plan().Arms[0].Hash, Metrics = new Dictionary<string, double> { ["eval/bits_per_byte"] = value } });
        var plan = study.Plan();
        Assert.Equal((4, 0.012909944487358), (plan.Noise!.Runs, Math.Round(plan.Noise.Floor.StandardDeviation!.Value, 15)));
        // R: power.t.test(delta = 0.01, sd = 0.012909944487358 * sqrt(2), power = 0.8, type = "paired") asks for 28.1 pairs.
        Assert.Equal("seeds: 2 are too few to show a difference of 0.01 in eval/bits_per_byte: by the noise of 4 runs (standard deviation of a difference 0.0183), 29 are needed for power 0.8; expected more seeds, a larger 'difference', or none",
            Assert.Throws<InputException>(() => { _ = study.Run(); }).Message);
        Assert.Null(Record.Exception(() => study.Decides("eval/bits_per_byte").Plan().Noise!.Require(study.Decides("eval/bits_per_byte"))));
    }

    [Fact]
    public void Results_of_another_study_in_the_folder_are_left_alone()
    {
        var folder = StudyPlanner.FolderOf(_runs, "lab-tiny-study");
        Directory.CreateDirectory(folder);
        ResultLog.Append(folder, new StudyResult { Study = "other", Arm = "left", Recipe = "x", ArmRecipe = "y" });
        Assert.Equal($"study 'lab-tiny-study': its folder '{folder}' has 1 results of another study (arms 'left'), and none of an arm of this one; expected another name for this study, or move that folder away",
            Refused(Tiny.Arms("smebu", "none")));
    }
}
