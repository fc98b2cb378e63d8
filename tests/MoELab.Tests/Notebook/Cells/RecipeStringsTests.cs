namespace MoELab.Tests.Notebook.Cells;

/// <summary>Strings of C# cells that name something of the lab.</summary>
public sealed class RecipeStringsTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Theory]
    [InlineData("run.Set(\"balancer.ka|", "balancer.kappa")]
    [InlineData("run.At(3).Set(\"balancer\", \"sme|\")", "smebu")]
    [InlineData("lab.Recipe(\"lab-t|", "lab-tiny")]
    [InlineData("lab.Start(\"lab-t|\")", "lab-tiny")]
    [InlineData("r.With(\"training.st|\")", "training.steps")]
    [InlineData("r.With(\"data.packing=rs|\")", "rsdb")]
    [InlineData("r.With(\"optimizer.muon.l|\", 0.1)", "optimizer.muon.lr")]
    [InlineData("await lab.Race(\"lab-tiny\", [\"smebu\", \"sign-b|\"])", "sign-bias")]
    [InlineData("lab.Sweep(\"lab-tiny\", \"balancer.lam|", "balancer.lambda")]
    [InlineData("run.Metrics[\"max_vio/me|\"]", "max_vio/mean")]
    [InlineData("lab.Attach(\"on|\")", "one")]
    [InlineData("lab.Compare(\"a\", \"on|\")", "one")]
    [InlineData("lab.Compare([\"a\", \"|\"])", "one")]
    [InlineData("run.Alert(\"|", "MaxVio")]
    [InlineData("run.Alert(\"max_vio/m|\", pause: true)", "max_vio/mean")]
    [InlineData("lab.Query(\"select bits_p| from runs\")", "bits_per_byte")]
    public async Task Names_of_the_lab_complete_in_strings(string code, string expected)
    {
        Directory.CreateDirectory(Path.Combine(_cells.Tiny.Runs, "one"));
        await File.WriteAllTextAsync(Path.Combine(_cells.Tiny.Runs, "one", "recipe.yaml"), "name: one", TestContext.Current.CancellationToken);
        Assert.Contains(expected, await _cells.Complete(code));
    }

    [Theory]
    [InlineData("lab.Recipe(\"lab-tny\")", "lab-tny", "did you mean 'lab-tiny'?")]
    [InlineData("lab.Recipe(\"lab-tiny\").With(\"training.stps=3\")", "training.stps=3", "training.stps: unknown key; did you mean 'training.steps'?")]
    [InlineData("lab.Recipe(\"lab-tiny\").With(\"balancer\", \"smebo\")", "smebo", "balancer: no plugin 'smebo'; did you mean 'smebu'?")]
    [InlineData("lab.Attach(\"nowhere\")", "nowhere", "no such run")]
    [InlineData("lab.Compare(\"nowhere\")", "nowhere", "no such run")]
    [InlineData("lab.Attach(lab.RunsDirectory).Alert(\"loss is high\")", "loss is high", "not a rule; expected METRIC > NUMBER")]
    public async Task Mistakes_in_them_are_found_before_the_cell_runs(string code, string marked, string sentence)
    {
        var found = Assert.Single(await _cells.Diagnose(code));
        Assert.Equal(marked, found.Marked);
        Assert.Contains(sentence, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_right_has_no_diagnostic_and_a_hover()
    {
        Assert.Empty(await _cells.Diagnose("lab.Recipe(\"lab-tiny\").With(\"balancer.kappa=3\").With(\"balancer\", \"smebu\", new { kappa = 3.0 }).With(\"losses.switch.weight\", 0.1).With(\"training\", new { steps = 3 })"));
        Assert.Contains("**balancer.kappa**", await _cells.Hover("lab.Recipe(\"lab-tiny\").With(\"balancer.ka|ppa=3\")"), StringComparison.Ordinal);
        Assert.Contains("smebu", await _cells.Hover("lab.Recipe(\"lab-tiny\").With(\"balancer\", \"sm|ebu\")"), StringComparison.Ordinal);
        Assert.Empty(await _cells.Complete("string.Compare(\"one\", \"|\")"));
        Assert.Empty(await _cells.Diagnose("var d = new Dictionary<string, string>(); \"a\".Replace(\"b\", \"c\")"));
    }
}
