using DuckDB.NET.Data;
using MoELab.Tests.Training;

namespace MoELab.Tests.Cli;

public sealed class StudyCommandTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private string File(string name, string text)
    {
        var path = Path.Combine(_tiny.Folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private CliRun Study(params string[] words) => CliRun.With(_tiny.Catalog, ["study", .. words, "--runs", _tiny.Runs]);

    [Fact]
    public void A_study_is_planned_run_shown_and_reported_from_its_file_and_then_by_its_name()
    {
        File("tiny.yaml", _tiny.Recipe.ToYaml());
        var study = File("pair.yaml", "study: pair\nquestion: Does it matter?\nrecipe: tiny.yaml\narms: { smebu: {}, none: { balancer: none } }\nseeds: 2\nbudget: 3 steps\ndifference: 5\n");
        var plan = Study("plan", study);
        Assert.Equal((0, ""), (plan.Exit, plan.Error));
        Assert.Contains("2 arms on 2 seeds: 4 runs, 0 finished; 4 runs left", plan.Output, StringComparison.Ordinal);
        Assert.Matches("balancer.name +smebu +none", plan.Output);
        var run = Study("run", study);
        Assert.Equal(0, run.Exit);
        Assert.Contains("pair-none-s2: finished", run.Error.Replace($"-s{_tiny.Recipe.Training.Seed + 1}", "-s2", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("equivalent (within ±5)", run.Output, StringComparison.Ordinal);
        Assert.Equal(run.Output, Study("report", "pair").Output);
        Assert.Equal("", Study("run", study).Error);
        Assert.Equal(4, System.Text.RegularExpressions.Regex.Count(Study("show", "pair").Output, " finished "));

        var json = Study("report", "pair", "--json").Json;
        Assert.Equal(["smebu", "none"], json["arms"]!.AsArray().Select(a => a!["arm"]!.GetValue<string>()));
        Assert.Equal("equivalent", json["arms"]![1]!["verdict"]!.GetValue<string>());
        Assert.Contains("paired t test", Study("report", study, "--metric", "max_vio/mean").Output, StringComparison.Ordinal);

        // Kept beside the file, the results make the report and a page without any run.
        Assert.Equal(4, Study("record", study, "--json").Json["written"]![0]!["results"]!.GetValue<int>());
        var page = File("page.md", "<!-- arms pair -->\n<!-- end -->\n");
        CliRun Alone(params string[] words) => CliRun.With(_tiny.Catalog, ["study", .. words, "--runs", Path.Combine(_tiny.Folder, "none")]);
        Assert.Equal(run.Output, Alone("report", study, "--recorded").Output);
        Assert.True(Alone("page", page, "--studies", _tiny.Folder, "--json").Json["changed"]!.GetValue<bool>());
        Assert.Contains("| none | 2 |", System.IO.File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Equal($"{page}: its figures are up to date", Alone("page", page, "--studies", _tiny.Folder).Output.TrimEnd());
        Assert.Contains("no run has ended, so there is nothing to record", Alone("record", study).Error, StringComparison.Ordinal);
        Assert.Contains("expected a YAML file, not a name", Study("record", "pair").Error, StringComparison.Ordinal);

        // Read by another program, whatever the names hold.
        var csv = Path.Combine(_tiny.Folder, "pair.csv");
        Assert.Equal(0, Study("report", study, "--csv", csv).Exit);
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var command = duck.CreateCommand();
        command.CommandText = $"select arm, count(*)::int, avg(\"eval/bits_per_byte\") from read_csv('{csv}', header = true) where status = 'keep' group by arm order by arm desc";
        using var rows = command.ExecuteReader();
        foreach (var arm in json["arms"]!.AsArray())
        {
            Assert.True(rows.Read());
            Assert.Equal((arm!["arm"]!.GetValue<string>(), 2), (rows.GetString(0), rows.GetInt32(1)));
            Assert.Equal(arm["mean"]!.GetValue<double>(), rows.GetDouble(2), 12);
        }
    }

    [Fact]
    public void Noise_is_measured_once_and_quoted_by_the_studies_that_follow()
    {
        var recipe = File("tiny.yaml", _tiny.Recipe.ToYaml());
        var noise = Study("noise", recipe, "--seeds", "3", "--budget", "3 steps");
        Assert.Equal(0, noise.Exit);
        Assert.Matches("Standard deviation 0\\.\\d+ \\(95 % interval .*Seeds needed to show a difference with power 0.8", noise.Output);
        var study = File("later.yaml", "recipe: tiny.yaml\narms: { smebu: {}, none: { balancer: none } }\nseeds: 2\nbudget: 3 steps\n");
        Assert.Contains("note: noise: over 3 runs of 'noise-tiny'", Study("plan", study).Output, StringComparison.Ordinal);
        var asked = File("asked.yaml", System.IO.File.ReadAllText(study) + "difference: 0.000001\n");
        var refused = Study("run", asked);
        Assert.Equal((2, ""), (refused.Exit, refused.Output));
        Assert.Contains("are too few to show a difference of 0.000001 in eval/bits_per_byte: by the noise of 3 runs", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_of_time_becomes_steps_that_are_measured_once()
    {
        var recipe = File("tiny.yaml", _tiny.Recipe.ToYaml());
        var run = Study("noise", recipe, "--seeds", "2", "--budget", "2 seconds", "--json");
        Assert.Equal(0, run.Exit);
        var plan = Study("show", "noise-tiny", "--json").Json;
        var steps = plan["arms"]![0]!["steps"]!.GetValue<int>();
        Assert.NotEqual(_tiny.Recipe.Training.Steps, steps);
        Assert.Equal((2, steps), (plan["finished"]!.GetValue<int>(), MoELab.Runs.Reading.RunReader.Open($"noise-tiny-tiny-s{_tiny.Recipe.Training.Seed}", _tiny.Runs).Step));
        Assert.DoesNotContain(Directory.GetDirectories(_tiny.Runs), d => d.EndsWith("-speed", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_no_study_is_one_sentence_and_the_nearest_name()
    {
        Directory.CreateDirectory(Path.Combine(_tiny.Runs, "studies", "pair"));
        Assert.Equal($"study 'pare': no such file, and no study of that name in '{Path.Combine(_tiny.Runs, "studies")}'; did you mean 'pair'?", Study("plan", "pare").Refused());
        Assert.Equal("--seeds: one run has no spread; expected at least 2", Study("noise", File("tiny.yaml", _tiny.Recipe.ToYaml()), "--seeds", "1").Refused());
        var study = File("one.yaml", "recipe: tiny.yaml\n");
        Assert.StartsWith("budget 'soon': not valid", Study("plan", study, "--budget", "soon").Refused(), StringComparison.Ordinal);
        Assert.Equal("--seeds: 0 is out of range; expected 1 to 10000", Study("plan", study, "--seeds", "0").Refused());
    }
}
