using MoELab.Runs.Reading;
using MoELab.Views;
using MoELab.Views.Comparisons;
using MoELab.Views.Reports;

namespace MoELab.Tests.Cli;

public sealed class SandboxCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("moelab-sandbox-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Balancers_run_on_the_same_scores_and_their_options_are_set_by_name()
    {
        var run = Small("--balancer", "none", "--compare", "smebu", "{name: sign-bias, gamma: 0.01}", "--set", "smebu.kappa=3", "--set", "stream.spread=1", "--json");
        Assert.Equal((0, "drifting", 1.0), (run.Exit, run.Json["stream"]!["name"]!.GetValue<string>(), run.Json["stream"]!["spread"]!.GetValue<double>()));
        var results = run.Json["results"]!.AsArray();
        Assert.Equal(["none", "smebu kappa=3", "sign-bias gamma=0.01"], results.Select(r => r!["balancer"]!.GetValue<string>()));
        Assert.True(results[2]!["max_vio_last_tenth"]!.GetValue<double>() < results[0]!["max_vio_last_tenth"]!.GetValue<double>());
        Assert.All(results, r => Assert.True(r!["steps_per_second"]!.GetValue<double>() > 0));
    }

    [Fact]
    public void A_table_names_each_balancer_and_the_critical_gain()
    {
        var run = Small("--stream", "feedback", "--compare", "none");
        Assert.Equal(0, run.Exit);
        Assert.Contains("MaxVio, mean", run.Output, StringComparison.Ordinal);
        Assert.Contains("balance is unstable above a gain of 0.6", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_step_is_written_as_csv()
    {
        var file = Path.Combine(_folder.FullName, "new", "steps.csv");
        Assert.Equal(0, Small("--compare", "none", "--csv", file).Exit);
        var lines = File.ReadAllLines(file);
        Assert.StartsWith("balancer,step,max_vio/mean,", lines[0], StringComparison.Ordinal);
        Assert.Equal((1 + (2 * 30), "smebu,1", "none,30"), (lines.Length, lines[1][..7], lines[^1][..7]));
        Assert.All(lines, l => Assert.Equal(lines[0].Count(c => c == ','), l.Count(c => c == ',')));
    }

    [Fact]
    public void A_result_is_a_run_without_a_recipe_for_views_comparisons_and_reports()
    {
        Assert.Equal(0, Small("--compare", "none", "--name", "box", "--runs", _folder.FullName).Exit);
        var (one, other) = (RunReader.Open("box-smebu", _folder.FullName), RunReader.Open("box-none", _folder.FullName));
        Assert.Equal((RunStatus.Finished, 30, false), (one.Status, one.Step, one.HasRecipe));
        Assert.Empty(one.Damaged);
        Assert.Equal("drifting", one.Environment["sandbox"]!["stream"]!["name"]!.GetValue<string>());
        Assert.Null(one.Metrics.Find("loss"));
        Assert.Equal(16 * 2, one.Views.Routing().Data.Rows.Count);
        Assert.Equal(30, one.Views.MaxVio().Data.Rows.Count);
        Assert.Equal(30, one.Views.Bias(steps: true).Data.Rows.Count);
        Assert.NotEmpty(one.Views.Metrics("changed", "choice/changed").Data.Rows);
        Assert.NotEmpty(new Comparison([one, other]).Heatmap()!.Data.Rows);
        Assert.True(File.Exists(Report.Write(one)));
        var compared = CliRun.Of("compare", one.FullPath, other.FullPath, "--output", Path.Combine(_folder.FullName, "page.html"));
        Assert.Equal((0, ""), (compared.Exit, compared.Error));
    }

    [Theory]
    [InlineData("--stream stationry", "stream 'stationry': no such stream; did you mean 'stationary'?")]
    [InlineData("--set stream.memry=3", "stream.memry: unknown key; did you mean 'memory'?")]
    [InlineData("--set stream.memory=0", "stream.memory: 0 is out of range; expected 1 to 1000000")]
    [InlineData("--set stream.noise=loud", "stream.noise: \"loud\" is not valid; expected a number")]
    [InlineData("--balancer smebo", "balancer 'smebo': no such plugin; did you mean 'smebu'?")]
    [InlineData("--compare quantle", "balancer 'quantle': no such plugin; did you mean 'quantile'?")]
    [InlineData("--set balancer.kapa=3", "balancer.kapa: unknown key; did you mean 'kappa'?")]
    [InlineData("--set balancer.kappa=-1", "balancer.kappa: -1 is out of range; expected")]
    [InlineData("--set sign-bias.gamma=1", "--set sign-bias.gamma: nothing is called 'sign-bias' here; known: balancer, router, stream")]
    [InlineData("--set kappa=3", "'kappa=3': expected SECTION.OPTION=value")]
    [InlineData("--set kappa", "'kappa' is not an assignment")]
    [InlineData("--balancer switch", "balancer 'switch': is an auxiliary loss and needs the gradients of a model, which a sandbox does not have")]
    [InlineData("--router noisy-top-k", "router 'noisy-top-k': needs trainable matrices (noise), which a sandbox does not have")]
    [InlineData("--router expert-choice --balancer quantile", "balancer 'quantile': needs the margins of a token's K largest scores among all experts")]
    [InlineData("--router expert-threshold", "router 'expert-threshold': needs every token's scores at the end of a step, which a sandbox does not keep")]
    [InlineData("--set balancer.estimator=exact --balancer quantile", "balancer 'quantile': needs every token's margin at the end of a step, which a sandbox does not keep")]
    [InlineData("--active 16", "active: 16 of 16 experts; expected fewer active experts than experts")]
    [InlineData("--active 0", "active: 0 is out of range; expected 1 to 1023")]
    [InlineData("--experts 4", "experts: 4 is out of range; expected 8 to 1024")]
    [InlineData("--experts many", "--experts: 'many' is invalid; expected a whole number")]
    [InlineData("--steps 0", "steps: 0 is out of range")]
    [InlineData("--steps 1000000 --layers 200", "expected at most 134217728, which are kept in memory")]
    [InlineData("--csv .", "is a folder; expected the path of a file to write")]
    public void A_mistake_is_one_sentence(string options, string sentence) =>
        Assert.Contains(sentence, Small(options.Split(' ')).Refused(), StringComparison.Ordinal);

    private static CliRun Small(params string[] more)
    {
        List<string> line = ["sandbox"];
        foreach (var (option, value) in new[] { ("--stream", "drifting"), ("--experts", "16"), ("--active", "2"), ("--tokens", "128"), ("--steps", "30"), ("--layers", "2") })
        {
            if (!more.Contains(option))
                line.AddRange([option, value]);
        }
        return CliRun.Of([.. line, .. more]);
    }
}
