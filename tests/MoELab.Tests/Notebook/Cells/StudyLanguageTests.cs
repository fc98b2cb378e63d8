using MoELab.Studies.Reports;

namespace MoELab.Tests.Notebook.Cells;

/// <summary><c>#!study</c> in a session: studies in YAML.</summary>
public sealed class StudyLanguageTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_study_is_planned_trained_reported_and_reached_from_csharp()
    {
        _cells.Session.Default.Set("tiny", _cells.Tiny.Recipe);
        const string Text = "recipe: tiny\narms:\n  smebu: {}\n  none: { balancer: none }\nseeds: 2\nbudget: 3 steps\nquestion: Does it matter?";
        var shown = Assert.Single((await _cells.Run($"#!study small --name pair\n{Text}")).Displays).Data;
        Assert.Contains("2 arms on 2 seeds: 4 runs, 0 finished", shown.Plain, StringComparison.Ordinal);
        Assert.Contains("Does it matter?", (string)shown.Forms["text/html"], StringComparison.Ordinal);
        Assert.Matches("balancer\\.name</td><td[^>]*>smebu</td><td[^>]*>none", (string)shown.Forms["text/html"]);
        Assert.Equal("pair 2", (await _cells.Run("$\"{small.Name} {small.Plan().Arms.Count}\"")).Results.Single().Plain);
        Assert.Empty(_cells.Lab.Runs);

        var trained = await _cells.Run($"#!study report --name pair --run\n{Text}");
        var result = Assert.Single(trained.Results);
        Assert.Contains("Over 2 paired seeds, 'none' ends", result.Plain, StringComparison.Ordinal);
        Assert.Contains("<img class=\"ml\"", (string)result.Forms["text/html"], StringComparison.Ordinal);
        Assert.Equal(4, _cells.Lab.Runs.Count);
        Assert.True(_cells.Session.Default.Get("report", out var report) && report is StudyReport { Results.Count: 4 });

        // Without lines below, and with all done, it reports again and trains nothing.
        Assert.Contains("nothing is left to train", (await _cells.Run("#!study small --run")).Displays[0].Data.Plain, StringComparison.Ordinal);
        Assert.Equal(4, _cells.Lab.Runs.Count);
    }

    [Fact]
    public async Task Values_and_starts_come_from_the_notebook()
    {
        await _cells.Run("var many = 3; var half = lab.Recipe(\"lab-tiny\").With(\"training.steps\", 150);");
        await _cells.Run("#!run --name made\nrecipe: lab-tiny\nbalancer: { name: smebu, kappa: 3 }");
        await _cells.Run("#!study s\nrecipe: made\narms:\n  a: {}\n  b: { recipe: half }\nseeds: $many\nbudget: 10 steps\ndiffers: [balancer.kappa]");
        Assert.Equal("3 3 2", (await _cells.Run("var p = s.Plan(); $\"{s.EffectiveSeeds.Count} {p.Arms[0].Recipe.Balancer.Options[\"kappa\"]} {p.Arms[1].Recipe.Balancer.Options[\"kappa\"]}\"")).Results.Single().Plain);
        Assert.Contains("made", await _cells.Complete("#!study\nrecipe: ma|"));
        Assert.Contains("s", await _cells.Complete("#!study |"));
        Assert.Equal((3, "line 3: seeds: no variable 'nope'; expected one of this notebook, or a value without $"),
            (await _cells.Fail("#!study\nrecipe: lab-tiny\nseeds: $nope")) is var e ? (e.Line, e.Message) : default);
    }

    [Theory]
    [InlineData("#!study\nrecipe: lab-tiny\nseed: 3", 3, "line 3: seed: unknown key; did you mean 'seeds'?")]
    [InlineData("#!study\nrecipe: lab-tinny", 2, "line 2: recipe: recipe 'lab-tinny': no such preset and no such file; did you mean 'lab-tiny'?")]
    [InlineData("#!study\nrecipe:\n  recipe: lab-tiny\n  training: { steps: 0 }", 4, "line 4: recipe: training.steps: 0 is out of range")]
    [InlineData("#!study\nrecipe: lab-tiny\narms:\n  a: {}\n  b: { balancer: { name: smebu, kapa: 1 } }", 5, "line 5: arm 'b': balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("#!study\nrecipe: lab-tiny\narms:\n  a: {}\n  b:\n    balancer: none\n    training.seed: 3", 7, "line 7: arm 'b': sets training.seed, which the study sets for all arms (seeds)")]
    [InlineData("#!study\nrecipe: lab-tiny\narms:\n  a: {}\n  b: { balancer.kappa: 2 }", 5, "line 5: arms 'a' and 'b': their recipes are equal")]
    [InlineData("#!study\nrecipe: lab-tiny\narms:\n  a: {}\n  b: 3", 5, "line 5: arms.b: 3 is not valid")]
    [InlineData("#!study\nrecipe: lab-tiny\ngrid:\n  - { path: balancer.betta, values: [1, 2] }", 4, "did you mean 'beta'?")]
    [InlineData("#!study\nrecipe: lab-tiny\nbudget: 300 stepz", 3, "line 3: budget '300 stepz': not valid")]
    [InlineData("#!study\nrecipe: lab-tiny\narms: { a: {}, b: { model.dense_layers: 4 } }\nmetric: max_vio/mean", 4, "line 4: metric 'max_vio/mean': arm 'b' does not log it")]
    [InlineData("#!study\nrecipe: lab-tiny\n  arms: { a", 3, "not YAML")]
    [InlineData("#!study\nlab-tiny", 2, "the cell has no study")]
    [InlineData("#!study --start\nrecipe: lab-tiny", 1, "#!study --start: unknown option; expected --name NAME or --run")]
    [InlineData("#!study nothing --run", 2, "#!study nothing --run: no study 'nothing' in this notebook and no lines below; expected one of them")]
    public async Task Errors_have_the_cells_line(string code, int line, string sentence)
    {
        var error = await _cells.Fail(code);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
    }

    [Fact]
    public async Task Keys_and_values_complete()
    {
        Assert.Equal(["arms", "budget", "claims", "difference", "differs", "grid", "law", "metric", "processes", "question", "recipe", "rungs", "seeds", "study", "threads", "version"],
            (await _cells.Complete("#!study\n|")).Order(StringComparer.Ordinal));
        Assert.Contains("lab-tiny", await _cells.Complete("#!study\nrecipe: lab-|"));
        Assert.Equal(["kappa"], await _cells.Complete("#!study\nrecipe: lab-tiny\narms:\n  a: { balancer: { name: smebu, ka| } }"));
        Assert.Contains("balancer.gamma", await _cells.Complete("#!study\nrecipe: { recipe: lab-tiny, balancer: sign-bias }\narms:\n  a:\n    balancer|"));
        Assert.Contains("sign-bias", await _cells.Complete("#!study\nrecipe: lab-tiny\narms:\n  a:\n    balancer: |"));
        Assert.Contains("steps", await _cells.Complete("#!study\nrecipe:\n  recipe: lab-tiny\n  training:\n    st|"));
        Assert.Equal(["path", "values", "when"], (await _cells.Complete("#!study\nrecipe: lab-tiny\ngrid:\n  - |")).Order(StringComparer.Ordinal));
        Assert.Contains("balancer.kappa", await _cells.Complete("#!study\nrecipe: lab-tiny\ngrid:\n  - path: balancer.ka|"));
        Assert.Contains("eval/bits_per_byte", await _cells.Complete("#!study\nrecipe: lab-tiny\nmetric: eval|"));
        Assert.Contains("expects", await _cells.Complete("#!study\nrecipe: lab-tiny\nclaims:\n  - |"));
        Assert.Contains("max_vio/mean", await _cells.Complete("#!study\nrecipe: lab-tiny\nclaims:\n  - metric: max|"));
        Assert.Contains("exponent", await _cells.Complete("#!study\nrecipe: lab-tiny\nlaw: { |"));
        Assert.Equal(["--name", "--run"], await _cells.Complete("#!study |"));
    }

    [Fact]
    public async Task Hovers_tell_what_a_key_means()
    {
        Assert.Contains("what each run may spend", await _cells.Hover("#!study\nrecipe: lab-tiny\nbud|get: 10 steps"), StringComparison.Ordinal);
        Assert.Contains("how many seeds", await _cells.Hover("#!study\nse|eds: 3"), StringComparison.Ordinal);
        Assert.Contains("**balancer.kappa**", await _cells.Hover("#!study\nrecipe: lab-tiny\narms: { a: { balancer: { name: smebu, ka|ppa: 1 } } }"), StringComparison.Ordinal);
        Assert.Contains("**balancer.kappa**", await _cells.Hover("#!study\nrecipe: lab-tiny\narms: { a: { balancer.ka|ppa: 1 } }"), StringComparison.Ordinal);
        Assert.Null(await _cells.Hover("#!study\nnonsense|: 1"));
    }

    [Fact]
    public async Task Diagnostics_mark_each_mistake_before_the_cell_runs()
    {
        var found = await _cells.Diagnose("#!study\nrecipe: lab-tiny\nbudgett: 3\narms:\n  a: {}\n  b: { balancer: { name: smebu, kapa: 1 } }\nthreads: 0\n");
        Assert.Equal(["0", "budgett", "kapa"], found.Select(f => f.Marked).Order(StringComparer.Ordinal));
        Assert.Empty(await _cells.Diagnose("#!study\nrecipe: lab-tiny\narms: { a: {}, b: { balancer: none } }\nbudget: 10 steps"));
    }

    [Fact]
    public async Task Studies_plans_reports_and_results_show_as_tables()
    {
        _cells.Session.Default.Set("tiny", _cells.Tiny.Recipe);
        await _cells.Run("var study = lab.Study(tiny, \"shown\").Arms(\"smebu\", \"none\").Seeds(2).Budget(\"3 steps\").Decides(\"eval/bits_per_byte\", 0.5);");
        var value = Assert.Single((await _cells.Run("study")).Results);
        Assert.Contains("study 'shown'", value.Plain, StringComparison.Ordinal);
        Assert.Matches("arms</td><td[^>]*>smebu, none", (string)value.Forms["text/html"]);
        Assert.Contains("4 runs, 0 finished", Assert.Single((await _cells.Run("study.Plan()")).Results).Plain, StringComparison.Ordinal);
        Assert.Contains("paired t test", Assert.Single((await _cells.Run("await study.Run()")).Results).Plain, StringComparison.Ordinal);
        var rows = Assert.Single((await _cells.Run("study.Report().Results")).Results);
        Assert.Equal(4, System.Text.RegularExpressions.Regex.Count(rows.Plain, "shown-(smebu|none)-s\\d"));
        Assert.Contains("<table>", (string)rows.Forms["text/html"], StringComparison.Ordinal);
        Assert.Contains("difference", Assert.Single((await _cells.Run("study.Report().Table")).Results).Plain, StringComparison.Ordinal);
    }
}
