namespace MoELab.Tests.Cli;

public sealed class CompareCommandTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    [Fact]
    public void Two_runs_get_a_table_what_differs_a_sentence_and_a_page()
    {
        var page = Path.Combine(runs.Folder, "new", "a-b.html");
        var run = runs.Cli("compare", "first", "second", "--runs", runs.Runs, "--output", page);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains("held-out bits/byte", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("eval_bits_per_byte", run.Output, StringComparison.Ordinal);
        Assert.Matches("balancer.name +smebu +none", run.Output);
        Assert.EndsWith(page, run.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal($"{page}: the file exists; use --force to overwrite it", runs.Cli("compare", "first", "second", "--runs", runs.Runs, "--output", page).Refused());
        Assert.Equal(0, runs.Cli("compare", "first", "second", "--runs", runs.Runs, "--output", page, "--force").Exit);
        var html = File.ReadAllText(page);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?:src|href)\\s*=\\s*\"http", html);
    }

    [Fact]
    public void The_document_holds_each_run_and_each_difference()
    {
        var json = runs.Cli("compare", runs.First, runs.Second, runs.First, "--json").Json;
        Assert.Equal(["first", "second", "first"], json["runs"]!.AsArray().Select(r => r!["run"]!.GetValue<string>()));
        var name = json["differences"]!.AsArray().Single(d => d!["path"]!.GetValue<string>() == "balancer.name")!;
        Assert.Equal(["smebu", "none", "smebu"], name["values"]!.AsArray().Select(v => v!.GetValue<string>()));
        Assert.Equal(Path.Combine(runs.Runs, "compare.html"), json["page"]!.GetValue<string>());
        Assert.NotEqual("", json["statement"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("compare {first}", "expected two or more")]
    [InlineData("compare {first} {second}x", "no such run")]
    [InlineData("compare", "needs RUN")]
    [InlineData("compare {first} {second} --output {folder}", "is a folder")]
    public void What_cannot_be_compared_is_named(string line, string part) => Assert.Contains(part, runs.Line(line).Refused(), StringComparison.Ordinal);
}
