using MoELab.Runs.Folder;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;

namespace MoELab.Cli.Studies;

/// <summary><c>study record</c>: writes a study's results beside its file, to be kept with a repository.</summary>
internal static class StudyRecordCommand
{
    public static Command Create(CliContext context)
    {
        var options = new StudyOptions();
        return options.AddTo(new Command("record", "write what a study's runs measured beside its file, as results/NAME.jsonl and NAME.csv"))
            .WithAction(parsed =>
            {
                var (file, (_, plans)) = (options.FileOf(parsed), options.Plans(context, parsed));
                var written = plans.Select(plan =>
                {
                    var report = new StudyReport(plan);
                    if (report.Results.Count == 0)
                        throw new InputException($"study '{plan.Study.Name}': no run has ended, so there is nothing to record; expected './moelab study run {file}' first");
                    return CliFiles.Try(() =>
                    {
                        var path = StudyRecord.Write(file, plan.Study.Name, report.Results);
                        RunFolder.WriteAtomically(Path.ChangeExtension(path, ".csv"), report.ToCsv());
                        return (Path: path, Results: report.Results.Count, Missing: plan.Left.Count);
                    }, why => $"record: the results beside '{file}' cannot be written ({why})");
                }).ToArray();
                context.Write(parsed.GetValue(options.Json),
                    new JsonObject { ["written"] = new JsonArray([.. written.Select(w => (JsonNode)new JsonObject { ["path"] = w.Path, ["results"] = w.Results, ["missing"] = w.Missing })]) },
                    string.Join(Environment.NewLine, written.Select(w => FormattableString.Invariant($"{w.Path}: {w.Results} results, {w.Missing} runs are missing"))));
            });
    }
}
