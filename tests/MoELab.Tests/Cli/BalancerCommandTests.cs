namespace MoELab.Tests.Cli;

public sealed class BalancerCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("moelab");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("smebu")]
    [InlineData("sign-bias")]
    public void Replay_reproduces_the_golden_biases(string name)
    {
        var golden = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "balancers", name + ".json")))!;
        var (loads, output) = (File("loads.json"), File("out.json"));
        System.IO.File.WriteAllText(loads, new JsonObject { ["loads"] = golden["loads"]!.DeepClone() }.ToJsonString());
        string[] set = [.. golden["options"]!.AsObject().SelectMany(o => new[] { "--set", $"{o.Key}={o.Value!.ToJsonString().Trim('"')}" })];
        var run = CliRun.Of(["balancer", "replay", name, "--loads", loads, .. set, "--output", output]);
        Assert.Equal((0, "", ""), (run.Exit, run.Output, run.Error));
        var biases = JsonNode.Parse(System.IO.File.ReadAllText(output))!["biases"]!.AsArray();
        foreach (var (expected, actual) in golden["biases"]!.AsArray().Zip(biases))
            foreach (var (a, b) in expected!.AsArray().Zip(actual!.AsArray()))
                Assert.Equal(a!.GetValue<double>(), b!.GetValue<double>(), 1e-6);
        Assert.Equal(golden["biases"]!.AsArray().Count, biases.Count);
    }

    [Theory]
    [InlineData("[1, 2", "not JSON")]
    [InlineData("{\"load\": []}", "'loads'")]
    [InlineData("{\"loads\": [[1, 2], [1]]}", "loads[1]")]
    [InlineData("{\"loads\": [[1, 2.5]]}", "loads[0][1]")]
    [InlineData("{\"loads\": [[1, -2]]}", "loads[0][1]")]
    public void A_trace_that_cannot_be_used_is_named(string text, string part)
    {
        System.IO.File.WriteAllText(File("loads.json"), text);
        var run = CliRun.Of("balancer", "replay", "smebu", "--loads", File("loads.json"));
        Assert.Equal(2, run.Exit);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void An_unknown_option_is_named()
    {
        System.IO.File.WriteAllText(File("loads.json"), "{\"loads\": [[1, 2]]}");
        var run = CliRun.Of("balancer", "replay", "smebu", "--loads", File("loads.json"), "--set", "kapa=2");
        Assert.Contains("did you mean 'kappa'", run.Error, StringComparison.Ordinal);
    }

    private string File(string name) => Path.Combine(_folder.FullName, name);
}
