using MoELab.Studies.Definition;
using MoELab.Studies.Ladders;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;
using MoELab.Studies.Statistics;

namespace MoELab.Cli.Studies;

/// <summary><c>study plan|run|show|report|noise</c>: arms on paired seeds, with intervals; on one size of model, or on the rungs of a ladder.</summary>
internal static class StudyCommand
{
    public static Command Create(CliContext context) => new("study", "plan, run and report studies: arms on paired seeds, with intervals")
    {
        Plan(context), Run(context), Show(context), Report(context), Noise(context), StudyRecordCommand.Create(context), StudyPageCommand.Create(context),
    };

    private static Command Plan(CliContext context)
    {
        var options = new StudyOptions();
        return options.AddTo(new Command("plan", "what a study will train, what differs between its arms, how long it takes and what is finished"))
            .WithAction(parsed =>
            {
                var (ladder, plans) = options.Plans(context, parsed);
                if (parsed.GetValue(options.Json))
                    context.WriteJson(StudyJson.Of(ladder, [.. plans.Select(StudyJson.Of)]));
                else
                    Write(context, ladder, plans);
                Require(plans);
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
            var (ladder, plans) = options.Plans(context, parsed);
            Require(plans);
            using var training = new StudyTraining(context, parsed.GetValue(retry));
            var reports = plans.Select(training.Train).ToArray();
            Write(context, ladder, reports, parsed.GetValue(options.Json));
            return training.Finish(reports);
        });
    }

    private static Command Show(CliContext context)
    {
        var options = new StudyOptions();
        return options.AddTo(new Command("show", "every run of a study: finished, failed or missing")).WithAction(parsed =>
        {
            var (ladder, plans) = options.Plans(context, parsed);
            if (parsed.GetValue(options.Json))
            {
                context.WriteJson(StudyJson.Of(ladder, [.. plans.Select(StudyJson.Of)]));
                return;
            }
            foreach (var plan in plans)
            {
                context.Output.WriteLine($"{(plans.Count > 1 ? plan.Study.Name + ": " : "")}{plan.Statement()}");
                context.WriteTable(["arm", "seed", "state", plan.Study.Metric, "steps", "seconds", "run"], plan.Entries.Select(e => Row(plan, e)));
            }
        });
    }

    private static Command Report(CliContext context)
    {
        var options = new StudyOptions();
        var metric = CliOptions.Of<string?>("--metric", "compare by this metric of the log instead of the study's", "METRIC");
        var csv = CliOptions.Of<string?>("--csv", "write every run with all its metrics", "FILE.csv");
        var force = CliOptions.Force();
        var command = options.AddTo(new Command("report", "what a study shows so far: differences with intervals, and a verdict for each arm"));
        var recorded = new Option<bool>("--recorded") { Description = "from the results that are recorded beside the study's file, whatever trained them" };
        foreach (var option in new Option[] { metric, csv, recorded, force })
            command.Add(option);
        return command.WithAction(parsed =>
        {
            var (ladder, plans) = options.Plans(context, parsed);
            if (parsed.GetValue(recorded))
                plans = [.. plans.Select(p => options.Recorded(context, parsed, p))];
            var other = parsed.GetValue(metric);
            if (other is not null)
                plans = [.. plans.Select(p => p with { Study = p.Study with { Metric = other, Difference = 0, Law = null, Claims = [] } })];
            StudyReport[] reports = [.. plans.Select(p => new StudyReport(p))];
            if (other is not null)
                foreach (var report in reports)
                    report.By(other);
            if (parsed.GetValue(csv) is { } file)
                Write(CliFiles.ToWrite(file, parsed.GetValue(force)), StudyReport.Csv([.. reports.SelectMany(r => r.Results)]));
            Write(context, ladder, reports, parsed.GetValue(options.Json));
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
            var study = options.Change(parsed, new Study
            {
                Name = $"noise-{from.Name}",
                Question = $"How much does the seed alone change in {from.Name}?",
                Base = from,
                Seeds = Study.SeedsOf(from, 8),
            });
            if (study.EffectiveSeeds.Count < 2)
                throw new InputException("--seeds: one run has no spread; expected at least 2");
            using var training = new StudyTraining(context, retry: false);
            var report = training.Train(StudyPlanner.Plan(study, parsed.GetValue(options.Runs)!, context.Catalog, parsed.GetValue(options.AnyCode)));
            context.Write(parsed.GetValue(options.Json), StudyJson.Of(report), NoiseSentence(report));
            return training.Finish([report]);
        });
    }

    private static void Require(IEnumerable<StudyPlan> plans)
    {
        foreach (var plan in plans.Where(p => p.Left.Count > 0))
            plan.Noise?.Require(plan.Study);
    }

    private static void Write(CliContext context, Ladder ladder, IReadOnlyList<StudyPlan> plans)
    {
        foreach (var (rung, plan) in ladder.Rungs.Zip(plans))
            context.Output.WriteLine(plans.Count > 1 ? $"{rung.Name}{Environment.NewLine}{plan}{Environment.NewLine}" : plan.ToString());
    }

    private static void Write(CliContext context, Ladder ladder, StudyReport[] reports, bool json)
    {
        if (json)
        {
            context.WriteJson(StudyJson.Of(ladder, [.. reports.Select(StudyJson.Of)], reports.Length > 1 ? new LadderReport(ladder, reports) : null));
            return;
        }
        foreach (var (rung, report) in ladder.Rungs.Zip(reports))
            context.Output.WriteLine(reports.Length > 1 ? $"{rung.Name}{Environment.NewLine}{report}{Environment.NewLine}" : report.ToString());
        if (reports.Length > 1)
            context.Output.WriteLine(new LadderReport(ladder, reports));
    }

    private static void Write(string file, string csv) => CliFiles.Try(() =>
    {
        File.WriteAllText(file, csv);
        return file;
    }, why => $"report: '{file}' cannot be written ({why}); choose another place with --csv FILE");

    private static string NoiseSentence(StudyReport report)
    {
        if (report.Arms[0].Spread is not { StandardDeviation: { } sd and > 0, DeviationInterval: { } interval } floor)
            return report.ToString();
        var difference = floor.DifferenceDeviation!.Value;
        var needs = string.Join(", ", new[] { 0.5, 1.0, 2.0 }.Select(f => Power.SeedsNeeded(f * difference, difference) is { } n
            ? FormattableString.Invariant($"{n} for {f * difference:0.####}") : null).OfType<string>());
        return FormattableString.Invariant($"{report.Statement()} Standard deviation {sd:0.#####} (95 % interval {interval.Low:0.#####} to {interval.High:0.#####}), ")
            + FormattableString.Invariant($"from {floor.Lowest:0.####} to {floor.Highest:0.####}. Two single runs differ by {1.96 * difference:0.####} or more in one of twenty cases. ")
            + $"Seeds needed to show a difference with power 0.8, if seeds do not pair: {needs}.";
    }

    private static string[] Row(StudyPlan plan, StudyEntry entry)
    {
        var result = plan.Done.FirstOrDefault(d => ReferenceEquals(d.Entry, entry)).Result;
        var state = result is null ? "missing" : result.Counts ? "finished"
            : $"{(result.Status == ResultStatus.Crash ? "failed" : "not counted")}: {result.Reason}";
        return
        [
            entry.Arm.Name, entry.Seed.ToString(CultureInfo.InvariantCulture), state,
            result is not null && result.Metrics.TryGetValue(plan.Study.Metric, out var value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "",
            result?.Steps.ToString(CultureInfo.InvariantCulture) ?? "", result?.Seconds.ToString("0", CultureInfo.InvariantCulture) ?? "", result?.Run ?? "",
        ];
    }
}
