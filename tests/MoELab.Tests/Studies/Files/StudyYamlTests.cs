using MoELab.Plugins;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;

namespace MoELab.Tests.Studies.Files;

public sealed class StudyYamlTests
{
    private const string Text = """
        study: balancers
        question: Does the balancer matter?
        recipe: { recipe: lab-tiny, training: { eval_every: 20 } }
        arms:
          smebu: {}
          sign: { balancer: { name: sign-bias, gamma: 0.01 } }
          fast: { balancer.lambda: 0.04, balancer.kappa: 3 }
        grid:
          - { path: balancer.beta, values: [0.5, 0.25], when: { balancer: smebu } }
        seeds: [3, 5]
        budget: 40 steps
        difference: 0.01
        """;

    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    [Fact]
    public void A_study_file_is_a_question_arms_a_grid_with_conditions_seeds_and_a_budget()
    {
        var study = StudyYaml.Parse(Text);
        var plan = StudyPlanner.Plan(study, TestFolders.New("runs"), Catalog);
        Assert.Equal("Does the balancer matter?", study.Question);
        Assert.Equal(["smebu beta=0.5", "smebu beta=0.25", "sign", "fast beta=0.5", "fast beta=0.25"], plan.Arms.Select(a => a.Name));
        Assert.Equal([0.5, 0.25, 0.5, 0.25], plan.Arms.Where(a => a.Recipe.Balancer.Name == "smebu").Select(a => a.Recipe.Balancer.Options["beta"]!.GetValue<double>()));
        Assert.Equal((3.0, 0.04), (plan.Arms[3].Recipe.Balancer.Options["kappa"]!.GetValue<double>(), plan.Arms[3].Recipe.Balancer.Options["lambda"]!.GetValue<double>()));
        Assert.All(plan.Arms, a => Assert.Equal((40, 1), (a.Recipe.Training.Steps, a.Recipe.Training.Threads)));
        Assert.Equal(["balancers-smebu-beta-0.5-s3", "balancers-smebu-beta-0.25-s3"], plan.Entries.Take(2).Select(e => e.RunName));
        Assert.Equal([3, 3, 3, 3, 3, 5, 5, 5, 5, 5], plan.Entries.Select(e => e.Recipe.Training.Seed));
        Assert.Equal("20", plan.Arms[0].Recipe.Training.EvalEvery.ToString());
    }

    [Fact]
    public void What_is_written_beside_the_results_is_the_same_study()
    {
        var folder = TestFolders.New("study");
        var plan = StudyPlanner.Plan(StudyYaml.Parse(Text), TestFolders.New("runs"), Catalog);
        var (text, recipes) = StudyYaml.Write(plan.Study, [.. plan.Arms.Select(a => (a.Name, a.Recipe))]);
        foreach (var (path, recipe) in recipes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), recipe);
        }
        File.WriteAllText(Path.Combine(folder, "study.yaml"), text);
        var again = StudyPlanner.Plan(StudyYaml.Load(Path.Combine(folder, "study.yaml")), TestFolders.New("runs"), Catalog);
        Assert.Equal(plan.Entries.Select(e => (e.Arm.Name, e.Seed, e.Hash, e.RunName)), again.Entries.Select(e => (e.Arm.Name, e.Seed, e.Hash, e.RunName)));
        Assert.Equal((plan.Study.Question, plan.Study.Metric, plan.Study.Difference), (again.Study.Question, again.Study.Metric, again.Study.Difference));
    }

    [Theory]
    [InlineData("version: 2\nrecipe: lab-tiny", "version: 2 is newer than this program reads; expected 1")]
    [InlineData("", "is empty; expected a study, such as 'recipe: lab-tiny' with 'arms'")]
    [InlineData("3", "a study is keys and values; found a single value")]
    [InlineData("arms: { a: {} }", "recipe: missing; expected a preset's name, a file, or keys and values")]
    [InlineData("recipe: lab-tinny", "recipe: recipe 'lab-tinny': no such preset and no such file; did you mean 'lab-tiny'?")]
    [InlineData("recipe: lab-tiny\nseed: 3", "seed: unknown key; did you mean 'seeds'?")]
    [InlineData("recipe: lab-tiny\nseeds: 0", "seeds: 0 is not valid; expected how many seeds, such as 5, or a list of them, such as [1, 2, 3]")]
    [InlineData("recipe: lab-tiny\nseeds: [1, a]", "seeds: [1,\"a\"] is not valid; expected how many seeds, such as 5, or a list of them, such as [1, 2, 3]")]
    [InlineData("recipe: lab-tiny\nbudget: '300'", "budget '300': not valid; expected steps (300 steps), tokens (2M tokens), FLOPs (1.5e15 FLOPs) or time (90 seconds, 10 minutes, 1 hour)")]
    [InlineData("recipe: lab-tiny\nthreads: 0", "threads: 0 is out of range; expected 1 to 1024")]
    [InlineData("recipe: lab-tiny\narms: { a: 3 }", "arms.a: 3 is not valid; expected what the arm changes, such as { balancer: none }, or {} for the recipe as it is")]
    [InlineData("study: a/b\nrecipe: lab-tiny", "study: run name 'a/b': not usable as a folder; expected letters, digits, '-', '_' or '.'")]
    public void What_is_no_study_is_one_sentence(string yaml, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => StudyYaml.Parse(yaml)).Message);

    [Fact]
    public void A_file_that_does_not_exist_is_named() =>
        Assert.Equal("study 'nowhere.yaml': no such file", Assert.Throws<InputException>(() => StudyYaml.Load("nowhere.yaml")).Message);
}
