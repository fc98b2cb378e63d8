using MoELab.Runs.Reading;
using MoELab.Studies;
using MoELab.Studies.Definition;
using MoELab.Studies.Results;
using MoELab.Tests.Training;

namespace MoELab.Tests.Studies.Running;

public sealed class StudyRunTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private Study Study => new MoELab.Lab(_tiny.Runs, _tiny.Catalog).Study(_tiny.Recipe, "s").Seeds(2).Budget("4 steps");

    private int Folders => Directory.GetDirectories(_tiny.Runs, "s-*").Length;

    [Fact]
    public async Task A_study_pairs_seeds_keeps_its_results_and_trains_nothing_twice()
    {
        var report = await Study.Arms("smebu", "none").Run(stop: TestContext.Current.CancellationToken);
        Assert.Equal(4, Folders);
        Assert.Equal([2, 2], report.Arms.Select(a => a.Values.Count));
        Assert.Equal(report.Arms[1].Values.Zip(report.Arms[0].Values, (b, a) => b - a).Average(), report.Arms[1].Difference!.Mean, 12);
        Assert.StartsWith("'smebu' ends at ", report.Statement(), StringComparison.Ordinal);
        Assert.Matches("Over 2 paired seeds, 'none' ends .*\\(95 % interval .* to .*, paired t test, p = .*\\)", report.Statement());
        Assert.Contains("tiny, 4 steps and 0.001M tokens per run", report.Statement(), StringComparison.Ordinal);
        var first = report.Results[0];
        Assert.Equal(RunFigures.Of(RunReader.Open(first.Run, _tiny.Runs), "eval/bits_per_byte"), first.Metrics["eval/bits_per_byte"]);
        Assert.Equal([3, 4], first.Curve.Select(p => p[0]));
        Assert.True(first.Flops > 0 && first.Seconds > 0 && first.Metrics.ContainsKey("max_vio/peak"));
        // Arms of a seed start from the same weights and read the same text.
        double Loss(int i) => RunReader.Open(report.Results[i].Run, _tiny.Runs).Metrics["loss"].Values[0];
        Assert.Equal(Loss(0), Loss(1));
        Assert.NotEqual(Loss(0), Loss(2));

        // A further arm and a further seed train only what is new.
        var more = Study.Arms("smebu", "none", "sign-bias").Seeds(3);
        Assert.Equal((9, 4), (more.Plan().Entries.Count, more.Plan().Done.Count));
        var both = await more.Run(stop: TestContext.Current.CancellationToken);
        Assert.Equal(9, Folders);
        Assert.Equal([3, 3, 3], both.Arms.Select(a => a.Values.Count));
        Assert.Contains("after Holm's correction over 2 comparisons", both.Statement(), StringComparison.Ordinal);
        Assert.Contains("nothing is left to train", more.Plan().Statement(), StringComparison.Ordinal);
        Assert.Equal(both.ToString(), more.Report().ToString());
        Assert.Equal(10, both.ToCsv().TrimEnd().Split('\n').Length);
        Assert.Contains(both.By("max_vio/mean"), a => a.Difference is not null);
        Assert.Contains("did you mean 'max_vio/mean'", Assert.Throws<InputException>(() => both.By("max_vio/meen")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_study_left_is_recorded_resumed_or_started_and_the_table_is_the_same()
    {
        var study = Study.Arms("smebu", "none").Seeds(1).Budget("8 steps");
        var whole = (await study.Run(stop: TestContext.Current.CancellationToken)).Results.ToDictionary(r => r.Arm, r => r.Metrics["eval/bits_per_byte"]);
        // As if the study had been killed: no results, one run whole, the other one stopped in the middle by a kill of its process.
        var results = Path.Combine(study.Plan().Folder, ResultLog.File);
        File.Delete(results);
        Directory.Delete(Path.Combine(_tiny.Runs, "s-none-s1"), recursive: true);
        var slow = study.Plan().Entries[1].Recipe;
        var killed = new MoELab.Lab(_tiny.Runs, _tiny.Catalog).Start(slow, "s-none-s1");
        await killed.Watch(4, TestContext.Current.CancellationToken);
        if (killed.Status == RunStatus.Running)
        {
            killed.Cancel();
            await killed.Completion;
        }
        var again = await study.Run(stop: TestContext.Current.CancellationToken);
        Assert.Equal(whole, again.Results.ToDictionary(r => r.Arm, r => r.Metrics["eval/bits_per_byte"]));
        Assert.Equal(2, Folders);
        Assert.Equal(2, File.ReadAllLines(results).Length);
    }

    [Fact]
    public async Task A_run_of_another_version_of_a_plugin_is_trained_again()
    {
        var study = Study.Arms(Arm.Set("smebu")).Seeds(1);
        var first = Assert.Single((await study.Run(stop: TestContext.Current.CancellationToken)).Results);
        File.Delete(Path.Combine(study.Plan().Folder, ResultLog.File));
        Assert.Equal(first.Run, Assert.Single((await study.Run(stop: TestContext.Current.CancellationToken)).Results).Run);
        File.Delete(Path.Combine(study.Plan().Folder, ResultLog.File));
        var environment = Path.Combine(_tiny.Runs, first.Run, "environment.json");
        File.WriteAllText(environment, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(environment), "smebu@[0-9a-f]{16}", "smebu@0123456789abcdef"));
        Assert.Equal(first.Run + "-2", Assert.Single((await study.Run(stop: TestContext.Current.CancellationToken)).Results).Run);
    }

    [Fact]
    public async Task A_failed_arm_is_a_result_and_is_tried_again_when_asked()
    {
        var study = Study.Arms(Arm.Set("smebu"), Arm.Set("burst", "training.start_from=nowhere/checkpoints/step-1")).Seeds(1).Budget("20 steps");
        var report = await study.Run(stop: TestContext.Current.CancellationToken);
        var crash = Assert.Single(report.Results, r => r.Status == ResultStatus.Crash);
        Assert.Equal("burst", crash.Arm);
        Assert.StartsWith("arm 'burst', seed ", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Contains("Every run of 'burst' that has ended failed (1).", report.Statement(), StringComparison.Ordinal);
        Assert.Contains("1 of the finished runs failed", report.ToString(), StringComparison.Ordinal);
        var lines = File.ReadAllLines(Path.Combine(report.Plan.Folder, ResultLog.File)).Length;
        await study.Run(stop: TestContext.Current.CancellationToken);
        Assert.Equal(lines, File.ReadAllLines(Path.Combine(report.Plan.Folder, ResultLog.File)).Length);
        await study.Run(retry: true, stop: TestContext.Current.CancellationToken);
        Assert.Equal(lines + 1, File.ReadAllLines(Path.Combine(report.Plan.Folder, ResultLog.File)).Length);
    }

    [Fact]
    public async Task A_metric_that_nobody_logs_stops_the_study_after_its_first_run()
    {
        var study = Study.Arms("smebu", "none").Seeds(3).Decides("eval/bits_per_bite") with { Processes = 1 };
        var error = await Assert.ThrowsAsync<RunException>(() => study.Run(stop: TestContext.Current.CancellationToken));
        Assert.Equal("study 's' has stopped: arm 'smebu' does not log the metric 'eval/bits_per_bite'; did you mean 'eval/bits_per_byte'?", error.Message);
        Assert.Equal(1, Folders);
    }

    [Fact]
    public async Task A_run_that_is_deleted_meanwhile_fails_and_takes_no_other_with_it()
    {
        var study = Study.Arms("smebu", "none").Seeds(1).Budget("4000 steps") with { Processes = 2 };
        using var stop = new CancellationTokenSource();
        var running = study.Run(stop: stop.Token);
        var victim = Path.Combine(_tiny.Runs, "s-none-s1");
        var log = Path.Combine(study.Plan().Folder, ResultLog.File);
        while (!File.Exists(Path.Combine(victim, "metrics.jsonl")) || !Directory.Exists(Path.Combine(_tiny.Runs, "s-smebu-s1")))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Delete(victim);
        while (!File.Exists(log))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(RunStatus.Stopped, RunReader.Open(Path.Combine(_tiny.Runs, "s-smebu-s1")).Status);
        var row = Assert.Single(ResultLog.Read(study.Plan().Folder).Rows);
        Assert.Equal(("none", ResultStatus.Crash), (row.Arm, row.Status));
        Assert.Contains("s-none-s1", row.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_programs_do_not_run_one_study_at_once()
    {
        var study = Study.Arms("smebu", "none").Seeds(1).Budget("100000 steps");
        using var stop = new CancellationTokenSource();
        var running = study.Run(stop: stop.Token);
        while (!Directory.Exists(Path.Combine(_tiny.Runs, "s-smebu-s1")) || !Directory.Exists(Path.Combine(_tiny.Runs, "s-none-s1")))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<InputException>(() => study.Run(stop: TestContext.Current.CancellationToken));
        Assert.Contains("study 's' is being run by another process", error.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    // The run writes into it meanwhile.
    private static void Delete(string folder)
    {
        for (var attempt = 0; Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(5);
            }
        }
    }
}
