using MoELab.Plugins;

namespace MoELab.Tests.Notebook.Cells;

/// <summary>Keys inside <c>new { }</c> where it gives a recipe options, and the order of members after a dot.</summary>
public sealed class OptionKeysTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Theory]
    [InlineData("r.With(\"balancer\", \"smebu\", new { ka| })", "kappa")]
    [InlineData("r.With(\"balancer\", \"smebu\", new { ka|", "kappa")]
    [InlineData("r.With(\"balancer\", \"smebu\", new { la| = 3 })", "lambda")]
    [InlineData("lab.Recipe(\"lab-tiny\").With(\"balancer\", \"smebu\", new { kappa = 3, re| })", "reset")]
    [InlineData("run.Set(\"balancer\", new { name = \"sign-bias\", ga| })", "gamma")]
    [InlineData("run.At(30).Set(\"balancer\", new { na| })", "name")]
    [InlineData("await lab.Race(\"lab-tiny\", [\"none\", (\"sign-bias\", new { ga| })])", "gamma")]
    [InlineData("Arm.Of(\"sign-bias\", new { ga| })", "gamma")]
    [InlineData("PluginChoice.Of(\"smebu\", new { ka| })", "kappa")]
    [InlineData("r.With(\"training\", new { st| })", "steps")]
    [InlineData("r.With(\"optimizer\", new { muon = new { l| } })", "lr")]
    [InlineData("r.With(\"losses\", new { sw| })", "@switch")]
    [InlineData("r.With(\"losses\", new { @switch = new { we| } })", "weight")]
    public async Task Keys_of_options_complete(string code, string expected) => Assert.Contains(expected, await _cells.Complete(code));

    [Fact]
    public async Task All_that_a_plugin_takes_is_offered_and_nothing_else()
    {
        var options = _cells.Lab.Plugins.Find(PluginKind.Balancer, "smebu").Options;
        const string Code = "r.With(\"balancer\", \"smebu\", new {  })";
        var found = await _cells.Session.Complete(Code, Code.IndexOf('{', StringComparison.Ordinal) + 2, new RecordedOutput(), TestContext.Current.CancellationToken);
        Assert.Equal(options.Select(o => o.Name).Append("reset").Order(StringComparer.Ordinal), found.Items.Select(i => i.Text).Order(StringComparer.Ordinal));
        Assert.Matches(@"\(number, 0.* to .*, default 2\)$", found.Items.Single(i => i.Text == "kappa").Documentation);
        // What is there already is not offered again; what no recipe takes is C#'s own.
        Assert.DoesNotContain("kappa", await _cells.Complete("r.With(\"balancer\", \"smebu\", new { kappa = 3, | })"));
        Assert.DoesNotContain("kappa", await _cells.Complete("var x = new { ka| };"));
        Assert.Contains("DateTime", await _cells.Complete("r.With(\"balancer\", \"smebu\", new { kappa = Da| })"));
    }

    [Theory]
    [InlineData("lab.|", "Compare")]
    [InlineData("lab.Recipe(\"lab-tiny\").|", "InFull")]
    [InlineData("lab.Attach(\"one\").|", "Watch")]
    [InlineData("lab.Recipe(\"lab-tiny\").Balancer.|", "Options")]
    public async Task Members_of_a_value_come_before_what_every_value_has(string code, string last)
    {
        var found = await _cells.Complete(code);
        var own = Array.IndexOf(found, last);
        Assert.True(own >= 0, string.Join(' ', found));
        Assert.All(["TryUnbox", "ToJToken", "ValidateNullablePropertyValue"], n => Assert.DoesNotContain(n, found));
        Assert.All(["Equals", "GetHashCode", "GetType", "ToString", "FormatTo"], n => Assert.True(Array.IndexOf(found, n) > own, $"{n} in {string.Join(' ', found)}"));
        Assert.All(["Equals", "GetHashCode"], n => Assert.True(Array.IndexOf(found, n) > Array.IndexOf(found, "Display"), n));
    }
}
