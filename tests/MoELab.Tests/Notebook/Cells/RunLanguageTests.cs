using MoELab.Runs.Log;

namespace MoELab.Tests.Notebook.Cells;

/// <summary><c>#!run</c> in a session: recipes in YAML.</summary>
public sealed class RunLanguageTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_recipe_is_defined_started_and_reached_from_csharp()
    {
        _cells.Tiny.Write();
        _cells.Session.Default.Set("tiny", _cells.Tiny.Recipe);
        var shown = await _cells.Run("#!run faster --name tiny-fast\nrecipe: tiny\nbalancer: { name: sign-bias, gamma: 0.01 }\ntraining:\n  steps: 3");
        Assert.Contains("balancer.gamma", shown.Displays.Single().Data.Plain, StringComparison.Ordinal);
        Assert.Equal("3", (await _cells.Run("faster.Training.Steps")).Results.Single().Plain);
        Assert.Contains("run 'tiny-fast'", (await _cells.Run("#!run going --start\nrecipe: tiny-fast")).Out, StringComparison.Ordinal);
        Assert.Equal("tiny-fast", (await _cells.Run("await going.Completion;\ngoing.Name")).Results.Single().Plain);
        Assert.Equal("sign-bias", _cells.Lab.Last!.Recipe.Balancer.Name);
        Assert.Contains("'tiny-fast-2'", (await _cells.Run("#!run faster --start")).Out, StringComparison.Ordinal);
        await _cells.Lab.Last.Completion;
    }

    [Fact]
    public async Task A_plugin_of_a_cell_trains_from_a_recipe_cell_and_steps_back_on_schedule()
    {
        _cells.Session.Default.Set("tiny", _cells.Tiny.Recipe.With("training.steps", 4));
        await _cells.Run("#!plugin define\n" + PluginLanguageTests.Tilt);
        await _cells.Run("#!run going --name lean-1 --start\nrecipe: tiny\nbalancer: { name: cell-lean, gamma: 0.01 }\nschedule: [ { step: 3, set: { balancer: smebu } } ]");
        await _cells.Run("await going.Completion;");
        var run = _cells.Lab.Attach("lean-1");
        Assert.StartsWith("cell-lean@", run.Recipe.Balancer.Name, StringComparison.Ordinal);
        Assert.Contains(run.Read().Events, e => e.Kind == EventKind.Swap && e.Message.Contains("smebu", StringComparison.Ordinal));
        Assert.Equal(4, run.Step);
    }

    [Fact]
    public async Task Values_come_from_variables_of_the_notebook()
    {
        await _cells.Run("var kappa = 2.5; var set = new[] { \"MaxVio > 2 for 50 steps\" };");
        await _cells.Run("#!share kappa --from csharp --to run --as k\n#!run made --name made\nrecipe: lab-tiny\nbalancer: { name: smebu, kappa: $k }\nalerts: $set");
        Assert.Equal("[ MaxVio > 2 for 50 steps ]", (await _cells.Run("made.Alerts")).Results.Single().Plain);
        await _cells.Run("#!share made --from run --to csharp --as again");
        Assert.Equal("2.5", (await _cells.Run("again.Balancer.Options[\"kappa\"]!.ToString()")).Results.Single().Plain);
        await _cells.Run("#!sql --name top\nselect 3 * 4 as x\n#!set --name batch --value 2048 --to run\n#!run fromsql\nrecipe: lab-tiny\ntraining: { steps: $top, tokens_per_step: $batch }");
        Assert.Equal("12 2048", (await _cells.Run("$\"{fromsql.Training.Steps} {fromsql.Training.TokensPerStep}\"")).Results.Single().Plain);
        Assert.Equal((3, "line 3: balancer.kappa: no variable 'nope'; expected one of this notebook, or a value without $"),
            (await _cells.Fail("#!run\nrecipe: lab-tiny\nbalancer: { name: smebu, kappa: $nope }")) is var e ? (e.Line, e.Message) : default);
    }

    [Theory]
    [InlineData("#!run\nrecipe: lab-tiny\nbalancer:\n  name: smebu\n  kapa: 3", 5, "balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("#!run\nrecipe: lab-tny", 2, "did you mean 'lab-tiny'?")]
    [InlineData("#!run\n\nrecipe: lab-tiny\ntraining: { steps: 0 }", 4, "training.steps: 0 is out of range")]
    [InlineData("#!run\nrecipe: lab-tiny\nschedule:\n  - step: 30\n    set: { balancer: smebo }", 5, "did you mean 'smebu'?")]
    [InlineData("#!run\nrecipe: lab-tiny\n  model: { a", 3, "not YAML")]
    [InlineData("#!run --begin\nrecipe: lab-tiny", 1, "#!run --begin: unknown option")]
    public async Task Errors_have_the_cells_line(string code, int line, string sentence)
    {
        var error = await _cells.Fail(code);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
    }

    [Fact]
    public async Task Two_mistakes_are_told_together_in_the_order_of_their_lines()
    {
        var error = await _cells.Fail("#!run\nrecipe: lab-tiny\ntraining:\n  steps: 0\nbalancer: { name: smebu, kapa: 1 }");
        Assert.Matches("^line 4: training\\.steps: 0 is out of range[^\n]*\r?\nline 5: balancer\\.kapa: unknown key; did you mean 'kappa'\\? 'smebu' takes [^\n]*$", error.Message);
        Assert.Equal(4, error.Line);
        Assert.DoesNotContain('\n', (await _cells.Fail("#!run\nrecipe: lab-tiny\nbalancer: { name: sign-bios, gamma: 0.01 }")).Message);
    }

    [Fact]
    public async Task Every_key_and_option_completes()
    {
        Assert.Contains("recipe", await _cells.Complete("#!run\n|"));
        Assert.Contains("lab-tiny", await _cells.Complete("#!run\nrecipe: lab-|"));
        Assert.Equal(["kappa"], await _cells.Complete("#!run\nrecipe: lab-tiny\nbalancer:\n  name: smebu\n  ka|"));
        Assert.Equal(["kappa"], await _cells.Complete("#!run\nrecipe: lab-tiny\nbalancer: { name: smebu, ka| }"));
        Assert.Equal(["kappa"], await _cells.Complete("#!run\nbalancer:\n  ka|\n  name: smebu\n  beta: 0.5"));
        Assert.Equal(["gamma", "variant", "schedule", "warmup", "final"], await _cells.Complete("#!run\nbalancer: { name: sign-bias, |"));
        Assert.Equal(["smebu"], await _cells.Complete("#!run\nbalancer: { name: sme|"));
        Assert.Contains("sign-bias", await _cells.Complete("#!run\nrecipe: lab-tiny\nschedule: [ { step: 3, set: { balancer: | } } ]"));
        Assert.Equal(["balancer", "balancer.kappa", "balancer.lambda"], (await _cells.Complete("#!run\nrecipe: lab-small\nschedule:\n  - step: 3\n    set:\n      balancer|")).Where(k => k is "balancer" or "balancer.kappa" or "balancer.lambda").Order(StringComparer.Ordinal));
        Assert.Equal(["rsdb", "sequential"], await _cells.Complete("#!run\ndata:\n  packing: |"));
        Assert.Equal(["muon", "normuon"], await _cells.Complete("#!run\noptimizer:\n  groups:\n    hidden: |") is var all ? all.Where(n => n.EndsWith("muon", StringComparison.Ordinal)) : []);
        Assert.Contains("lr", await _cells.Complete("#!run\noptimizer: { muon: { l| } }"));
        Assert.Contains("weight", await _cells.Complete("#!run\nlosses:\n  switch:\n    |"));
        Assert.Equal(["share", "length", "weights"], await _cells.Complete("#!run\ndata:\n  phases:\n    - |"));
        foreach (var (path, _) in RecipeKeys.All.Where(k => !k.Path.Contains("[]", StringComparison.Ordinal) && k.Path.Contains('.', StringComparison.Ordinal)))
            Assert.Contains(path.Split('.')[1], await _cells.Complete($"#!run\n{path.Split('.')[0]}:\n  |"));
    }

    [Fact]
    public async Task Hovers_tell_meaning_range_and_default()
    {
        Assert.Contains("whole number; 1 to", await _cells.Hover("#!run\ntraining:\n  st|eps: 10"), StringComparison.Ordinal);
        Assert.Contains("kappa", await _cells.Hover("#!run\nbalancer: { name: sm|ebu }"), StringComparison.Ordinal);
        Assert.Contains("**balancer.kappa**", await _cells.Hover("#!run\nbalancer: { name: smebu, ka|ppa: 1 }"), StringComparison.Ordinal);
        Assert.Null(await _cells.Hover("#!run\nnonsense|: 1"));
    }

    [Fact]
    public async Task Diagnostics_mark_each_mistake()
    {
        var found = await _cells.Diagnose("#!run\nrecipe: lab-tiny\nbalancer: { name: smebu, kapa: 1 }\ntraining:\n  steps: many\n  sted: 3\n");
        Assert.Equal(["kapa", "many", "sted"], found.Select(f => f.Marked).Order(StringComparer.Ordinal));
        Assert.Empty(await _cells.Diagnose("#!run\nrecipe: lab-tiny\nbalancer: { name: smebu, kappa: 1 }"));
        Assert.Contains("not YAML", Assert.Single(await _cells.Diagnose("#!run\nrecipe: [a")).Message, StringComparison.Ordinal);
    }
}
