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
                foreach (var plan in plans)
                {
                    var report = new StudyReport(plan);
                    if (report.Results.Count == 0)
                        throw new InputException($"study '{plan.Study.Name}': no run has ended, so there is nothing to record; expected './moelab study run {file}' first");
                    CliFiles.Try(() =>
                    {
                        var path = StudyRecord.Write(file, plan.Study.Name, report.Results);
                        File.WriteAllText(Path.ChangeExtension(path, ".csv"), report.ToCsv());
                        context.Output.WriteLine(FormattableString.Invariant($"{path}: {report.Results.Count} results, {plan.Left.Count} runs are missing"));
                        return path;
                    }, why => $"record: the results beside '{file}' cannot be written ({why})");
                }
            });
    }
}
