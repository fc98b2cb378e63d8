namespace MoELab.Tests.Cli;

public sealed class PluginsCommandTests
{
    [Fact]
    public void Json_is_an_array_of_plugins_with_their_options()
    {
        var run = CliRun.Of("plugins", "smebu", "--json");
        var smebu = Assert.Single(run.Json.AsArray())!;
        Assert.Equal(("smebu", "balancer"), (smebu["name"]!.GetValue<string>(), smebu["kind"]!.GetValue<string>()));
        Assert.Superset(new HashSet<string> { "lambda", "kappa", "beta" }, smebu["options"]!.AsArray().Select(o => o!["name"]!.GetValue<string>()).ToHashSet());
        Assert.All(smebu["options"]!.AsArray(), o => Assert.NotNull(o!["default"]));
    }

    [Fact]
    public void The_list_and_a_page_name_what_a_recipe_can_use()
    {
        Assert.Contains("sigmoid-top-k", CliRun.Of("plugins").Output, StringComparison.Ordinal);
        Assert.Contains("kappa", CliRun.Of("plugins", "smebu").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_reports_libtorch_and_what_runs()
    {
        var report = CliRun.Of("doctor", "--json").Json;
        Assert.Equal(torch.__version__, report["libtorch"]!.GetValue<string>());
        Assert.True(report["threads"]!.GetValue<int>() > 0);
        Assert.Contains("threads", CliRun.Of("doctor").Output, StringComparison.Ordinal);
    }
}
