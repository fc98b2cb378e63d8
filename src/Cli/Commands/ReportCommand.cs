using MoELab.Runs.Export;
using MoELab.Views.Reports;

namespace MoELab.Cli.Commands;

/// <summary><c>report RUN</c>: the self-contained HTML page; <c>--csv</c> and <c>--tensorboard</c> export the numbers.</summary>
internal static class ReportCommand
{
    public static Command Create(CliContext context)
    {
        var (run, runs) = (RunOptions.Run(), RunOptions.Runs());
        var output = CliOptions.Of<string?>("--output", "the page to write (default: report.html in the run folder)", "FILE");
        var csv = CliOptions.Of<string?>("--csv", "also write every metric as CSV", "FILE");
        var board = CliOptions.Of<string?>("--tensorboard", "also write TensorBoard events", "DIR");
        var (force, json) = (CliOptions.Force(), CliOptions.Json());
        return new Command("report", "write a run's report: one HTML page that needs no network")
        {
            run, runs, output, csv, board, force, json,
        }.WithAction(parsed =>
        {
            var opened = RunReader.Open(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            var page = parsed.GetValue(output) is { } named ? CliFiles.ToWrite(named, parsed.GetValue(force)) : opened.PathOf("report.html");
            var table = parsed.GetValue(csv) is { } given ? CliFiles.ToWrite(given, parsed.GetValue(force)) : null;
            var written = new JsonObject { ["report"] = Path.GetFullPath(Write(opened, page)) };
            if (table is not null)
            {
                RunExport.ToCsv(opened, table);
                written["csv"] = table;
            }
            if (parsed.GetValue(board) is { } directory)
                written["tensorboard"] = Path.GetFullPath(RunExport.ToTensorBoard(opened, directory));
            context.Write(parsed.GetValue(json), written, string.Join(Environment.NewLine, written.Select(p => p.Value!.GetValue<string>())));
        });
    }

    private static string Write(RunReader run, string page)
    {
        try
        {
            return Report.Write(run, page);
        }
        catch (MoELabException e) when (e.InnerException is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{e.Message} with --output FILE", e);
        }
    }
}
