using MoELab.Runs.Control;
using MoELab.Tests.Notebook.Cells;

namespace MoELab.Tests.Recipes;

/// <summary>A plugin or option that does not exist is refused by the call that names it, with the command line's sentence, before anything starts.</summary>
public sealed class RefusedWhereWrittenTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Theory]
    [InlineData("balancer.kapa=3", "With(\"balancer\", \"smebu\", new { kapa = 3 })")]
    [InlineData("balancer.kapa=3", "With(\"balancer.kapa\", 3)")]
    [InlineData("balancer.kapa=3", "With(\"balancer.kapa=3\")")]
    [InlineData("balancer={name: smebu, kapa: 3}", "With(\"balancer\", new { name = \"smebu\", kapa = 3 })")]
    [InlineData("balancer.kappa=-3", "With(\"balancer\", \"smebu\", new { kappa = -3 })")]
    [InlineData("balancer.kappa=high", "With(\"balancer\", \"smebu\", new { kappa = \"high\" })")]
    [InlineData("balancer={name: smebu, reset: 3}", "With(\"balancer\", \"smebu\", new { reset = 3 })")]
    [InlineData("balancer=smebo", "With(\"balancer\", \"smebo\")")]
    [InlineData("balancer={name: none, kappa: 3}", "With(\"balancer\", \"none\", new { kappa = 3 })")]
    [InlineData("router=sigmoid-top", "With(\"router\", \"sigmoid-top\")")]
    [InlineData("kernel={name: auto, speed: 1}", "With(\"kernel\", \"auto\", new { speed = 1 })")]
    [InlineData("losses.swich.weight=0.1", "With(\"losses.swich.weight\", 0.1)")]
    [InlineData("losses.switch.wait=0.1", "With(\"losses\", new { @switch = new { wait = 0.1 } })")]
    [InlineData("optimizer.muon.lrr=1", "With(\"optimizer.muon\", new { lrr = 1 })")]
    [InlineData("optimizer.groups.hidden=mun", "With(\"optimizer.groups.hidden\", \"mun\")")]
    [InlineData("alerts=['MaxVio is high']", "With(\"alerts\", new[] { \"MaxVio is high\" })")]
    [InlineData("schedule=[{step: 3, set: {balancer.kapa: 3}}]", "With(\"schedule\", new[] { new { step = 3, set = new Dictionary<string, object> { [\"balancer.kapa\"] = 3 } } })")]
    public async Task With_says_what_the_command_line_says(string assignment, string call)
    {
        var said = Cli.CliRun.With(_cells.Lab.Plugins, "recipe", "show", "lab-tiny", "--set", assignment).Refused();
        foreach (var recipe in new[] { "lab.Recipe(\"lab-tiny\")", "((Recipe)\"lab-tiny\")", "Recipe.Load(\"lab-tiny\")" })
        {
            var error = await _cells.Fail($"using MoELab.Recipes; var changed = {recipe}.{call};");
            Assert.EndsWith(error.Message, said.Trim(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sentence_names_the_key_the_near_one_and_all_there_are()
    {
        var error = await _cells.Fail("lab.Recipe(\"lab-tiny\").With(\"balancer\", \"smebu\", new { kapa = 3 })");
        Assert.StartsWith("balancer.kapa: unknown key; did you mean 'kappa'? 'smebu' takes ", error.Message, StringComparison.Ordinal);
        Assert.All(_cells.Lab.Plugins.Find(MoELab.Plugins.PluginKind.Balancer, "smebu").Options, o => Assert.Contains(o.Name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_recipe_of_a_lab_is_judged_by_its_plugins_outside_cells_too()
    {
        Assert.Throws<InputException>(() => _cells.Lab.Recipe("lab-tiny").With("training.steps", 3).With("balancer", "smebu", new { kapa = 3 }));
        // One that came from no lab may be meant for plugins that are elsewhere.
        Assert.Equal("drift", Recipe.Load("lab-tiny").With("balancer", "drift", new { rate = 3 }).Balancer.Name);
        Assert.Equal(3, (int)Recipe.Load("lab-tiny").With("balancer", "drift", new { rate = 3 }).With("training.steps", 3).Training.Steps);
    }

    [Theory]
    [InlineData("lab.Race(\"lab-tiny\", [\"none\", (\"smebu\", new { kapa = 3 })])", "balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("lab.Race(\"lab-tiny\", [\"none\", \"smebo\"])", "balancer 'smebo': no such plugin; did you mean 'smebu'?")]
    [InlineData("Arm.Of(\"smebu\", new { kappa = -3 })", "balancer.kappa: -3 is out of range")]
    [InlineData("Arm one = (\"sign-bias\", new { gama = 0.1 });", "balancer.gama: unknown key; did you mean 'gamma'?")]
    [InlineData("lab.Sweep(\"lab-tiny\", \"balancer.kapa\", 1, 2)", "balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("lab.Sweep(\"lab-tiny\", \"balancer.kappa\", 1, -2)", "balancer.kappa: -2 is out of range")]
    [InlineData("lab.Sweep(\"lab-tiny\", \"training.steps\", 1, \"many\")", "training.steps: \"many\" is not valid")]
    [InlineData("lab.Train(new Recipe { Balancer = MoELab.Recipes.Options.PluginChoice.Of(\"smebu\", new { kapa = 3 }) })", "balancer.kapa: unknown key; did you mean 'kappa'?")]
    public async Task Races_sweeps_and_contenders_refuse_in_the_call_itself(string call, string sentence)
    {
        // Not awaited: a task's failure would go unseen here.
        var error = await _cells.Fail($"using MoELab.Recipes; {(call.StartsWith("Arm one", StringComparison.Ordinal) ? call : $"var begun = {call};")}");
        Assert.StartsWith(sentence, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_cells.Tiny.Runs));
    }

    [Fact]
    public void A_change_of_a_run_is_refused_before_it_is_sent()
    {
        var path = _cells.Tiny.Train(_cells.Tiny.Recipe.With("training.steps=1"));
        var run = _cells.Lab.Attach(path);
        string Refused(string key, object value) => Assert.Throws<InputException>(() => run.Set(key, value)).Message;
        Assert.StartsWith("balancer.kapa: unknown key; did you mean 'kappa'?", Refused("balancer.kapa", 3), StringComparison.Ordinal);
        Assert.StartsWith("balancer.kappa: -3 is out of range", Refused("balancer", new { kappa = -3 }), StringComparison.Ordinal);
        Assert.StartsWith("balancer 'smebo': no such plugin", Refused("balancer", "smebo"), StringComparison.Ordinal);
        Assert.StartsWith("balancer.gamma: unknown key", Assert.Throws<InputException>(() => run.At(7).Set("balancer.gamma", 0.1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("optimizer.muon.lrr: unknown key; did you mean 'lr'?", Refused("optimizer.muon.lrr", 1), StringComparison.Ordinal);
        Assert.Empty(Inbox.Read(path));
        // Options of a balancer that the run moves to are options of the run's.
        run.Set("balancer", "sign-bias");
        run.Set("balancer.gamma", 0.1);
        run.Set("balancer.kappa", 2);
        Assert.StartsWith("balancer.gama: unknown key; did you mean 'gamma'? 'sign-bias' takes", Refused("balancer.gama", 3), StringComparison.Ordinal);
        Assert.Equal(3, Inbox.Read(path).Count);
    }

    [Fact]
    public async Task What_fits_goes_through_step_by_step()
    {
        await _cells.Run("""
            var changed = lab.Recipe("lab-tiny").With("balancer", "smebu", new { kappa = 3.0, reset = true }).With("losses.switch.weight", 0.1)
                .With("optimizer", "adamw").With("kernel", "auto").With("training", new { steps = 3 }).With("losses", new { }).With("alerts", new[] { "MaxVio > 2 for 50 steps" });
            Arm[] all = ["none", ("smebu", new { kappa = 1, reset = true }), changed];
            """);
    }
}
