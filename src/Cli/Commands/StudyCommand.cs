using System.Runtime.InteropServices;
using MoELab.Cli.Live;
using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Running;

namespace MoELab.Cli.Commands;

/// <summary><c>study plan|run|show|report|noise</c>: arms on paired seeds, with intervals.</summary>
internal static class StudyCommand
{
    public static Command Create(CliContext context) => new("study", "plan, run and report studies: arms on paired seeds, with intervals")
    {
        Plan(context), Run(context), Show(context), Report(context), Noise(context),
    };

    private static Command Plan(CliContext context)
    {
        var options = new StudyOptions();
        return options.AddTo(new Command("plan", "what a study will train, what differs between its arms, how long it takes and what is finished"))
            .WithAction(parsed =>
            {
                var plan = options.Plan(context, parsed);
                context.Write(parsed.GetValue(options.Json), StudyJson.Of(plan), plan.ToString());
                if (plan.Left.Count > 0)
                    plan.Noise?.Require(plan.Study);
            });
    }

    private static Command Run(CliContext context)
    {
        var options = new StudyOptions();
        var retry = new Option<bool>("--retry") { Description = "try runs again that failed" };
        var command = options.AddTo(new Command("run", "train what is left of a study, and report"));
        command.Add(retry);
        return command.WithAction(parsed =>
        {
            var plan = options.Plan(context, parsed);
            if (plan.Left.Count > 0)
                plan.Noise?.Require(plan.Study);
            return Train(context, plan, parsed.GetValue(options.Runs)!, parsed.GetValue(options.AnyCode), parsed.GetValue(retry), parsed.GetValue(options.Json),
                report => report.ToString());
        });
    }

    private static Command Show(CliContext context)
    {
        var options = new StudyOptions();
        return options.AddTo(new Command("show", "every run of a study: finished, failed or missing")).WithAction(parsed =>
        {
            var plan = options.Plan(context, parsed);
            if (parsed.GetValue(options.Json))
            {
                context.WriteJson(StudyJson.Of(plan));
                return;
            }
            context.Output.WriteLine(plan.Statement());
            context.WriteTable(["arm", "seed", "state", plan.Study.Metric, "steps", "seconds", "run"], plan.Entries.Select(e => Row(plan, e)));
        });
    }

    private static Command Report(CliContext context)
    {
        var options = new StudyOptions();
        var metric = CliOptions.Of<string?>("--metric", "compare by this metric of the log instead of the study's", "METRIC");
        var csv = CliOptions.Of<string?>("--csv", "write every run with all its metrics", "FILE.csv");
        var force = CliOptions.Force();
        var command = options.AddTo(new Command("report", "what a study shows so far: differences with intervals, and a verdict for each arm"));
        command.Add(metric);
        command.Add(csv);
        command.Add(force);
        return command.WithAction(parsed =>
        {
            var plan = options.Plan(context, parsed);
            if (parsed.GetValue(metric) is { } other)
                plan = plan with { Study = plan.Study with { Metric = other, Difference = 0, Law = null } };
            var report = new StudyReport(plan);
            if (parsed.GetValue(metric) is { } named)
                report.By(named);
            if (parsed.GetValue(csv) is { } file)
            {
                var target = CliFiles.ToWrite(file, parsed.GetValue(force));
                CliFiles.Try(() =>
                {
                    File.WriteAllText(target, report.ToCsv());
                    return target;
                }, why => $"report: '{target}' cannot be written ({why}); choose another place with --csv FILE");
            }
            context.Write(parsed.GetValue(options.Json), StudyJson.Of(report), report.ToString());
        });
    }

    private static Command Noise(CliContext context)
    {
        var recipe = CliOptions.Recipe();
        var options = new StudyOptions(file: false);
        var command = options.AddTo(new Command("noise", "train one recipe on several seeds: how much does the seed alone change? Later studies quote it"));
        command.Add(recipe);
        return command.WithAction(parsed =>
        {
            var from = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(options.Set)!);
            var study = options.Change(parsed, new Study { Name = $"noise-{from.Name}", Question = $"How much does the seed alone change in {from.Name}?", Base = from, Seeds = Seeds(from, 8) });
            if (study.EffectiveSeeds.Count < 2)
                throw new InputException("--seeds: one run has no spread; expected at least 2");
            var plan = StudyPlanner.Plan(study, parsed.GetValue(options.Runs)!, context.Catalog, parsed.GetValue(options.AnyCode));
            return Train(context, plan, parsed.GetValue(options.Runs)!, parsed.GetValue(options.AnyCode), false, parsed.GetValue(options.Json),
                report => NoiseSentence(report));
        });
    }

    internal static long[] Seeds(Recipe recipe, int count) => [.. Enumerable.Range(0, count).Select(i => recipe.Training.Seed + i)];

    private static string NoiseSentence(StudyReport report)
    {
        if (report.Arms[0].Spread is not { StandardDeviation: { } sd, DeviationInterval: { } interval } floor)
            return report.ToString();
        var difference = floor.DifferenceDeviation!.Value;
        var needs = string.Join(", ", new[] { 0.5, 1.0, 2.0 }.Select(f => Studies.Statistics.Power.SeedsNeeded(f * difference, difference) is { } n
            ? FormattableString.Invariant($"{n} for {f * difference:0.####}") : null).OfType<string>());
        return FormattableString.Invariant($"{report.Statement()} Standard deviation {sd:0.#####} (95 % interval {interval.Low:0.#####} to {interval.High:0.#####}), ")
            + FormattableString.Invariant($"from {floor.Lowest:0.####} to {floor.Highest:0.####}. Two single runs differ by {1.96 * difference:0.####} or more in one of twenty cases. ")
            + $"Seeds needed to show a difference with power 0.8, if seeds do not pair: {needs}.";
    }

    private static int Train(CliContext context, StudyPlan plan, string runs, bool anyCode, bool retry, bool json, Func<StudyReport, string> text)
    {
        context.Error.WriteLine(plan.Statement());
        var lab = new Lab(runs, context.Catalog);
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var display = new StudyDisplay(context.Error, plan);
        RunGroups.Of(lab).Began += display.Follow;
        IReadOnlyList<string> notes = [];
        var stopped = false;
        try
        {
            notes = new StudyRunner(lab, plan, retry).Run(stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            stopped = true;
        }
        display.End();
        var report = new StudyReport(StudyPlanner.Plan(plan.Study, runs, context.Catalog, anyCode)) { Notes = notes };
        context.Write(json, StudyJson.Of(report), text(report));
        if (stopped)
            context.Error.WriteLine($"stopped: {report.Plan.Left.Count} of {report.Plan.Entries.Count} runs are left; the same command goes on");
        return stopped ? CliContext.Failed : 0;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            context.Error.WriteLine("stopping every run at its next step");
            stop.Cancel();
        }
    }

    private static string[] Row(StudyPlan plan, StudyEntry entry)
    {
        var result = plan.Done.FirstOrDefault(d => ReferenceEquals(d.Entry, entry)).Result;
        return
        [
            entry.Arm.Name, entry.Seed.ToString(CultureInfo.InvariantCulture),
            result is null ? "missing" : result.Counts ? "finished" : $"{(result.Status == Studies.Results.ResultStatus.Crash ? "failed" : "not counted")}: {result.Reason}",
            result is not null && result.Metrics.TryGetValue(plan.Study.Metric, out var value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "",
            result?.Steps.ToString(CultureInfo.InvariantCulture) ?? "", result?.Seconds.ToString("0", CultureInfo.InvariantCulture) ?? "", result?.Run ?? "",
        ];
    }
}
