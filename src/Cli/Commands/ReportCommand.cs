using System.CommandLine;
using MoELab.Reports;
using MoELab.Runs;

namespace MoELab.Cli.Commands;

/// <summary><c>report RUN</c>: the self-contained HTML page; <c>--csv</c> and <c>--tensorboard</c> export the numbers.</summary>
internal static class ReportCommand
{
    public static Command Create(CliContext context)
    {
        var run = RunOptions.Run();
        var runs = RunOptions.Runs();
        var output = new Option<string?>("--output") { Description = "the page (default: report.html in the run folder)", HelpName = "FILE" };
        var csv = new Option<string?>("--csv") { Description = "also write every metric as CSV", HelpName = "FILE" };
        var board = new Option<string?>("--tensorboard") { Description = "also write TensorBoard events", HelpName = "DIR" };
        var command = new Command("report", "write a run's report: one HTML page that needs no network") { run, runs, output, csv, board };
        command.SetAction(parsed =>
        {
            var opened = RunReader.Open(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            context.Output.WriteLine(Report.Write(opened, parsed.GetValue(output)));
            if (parsed.GetValue(csv) is { } table)
            {
                RunExport.ToCsv(opened, table);
                context.Output.WriteLine(Path.GetFullPath(table));
            }
            if (parsed.GetValue(board) is { } directory)
                context.Output.WriteLine(RunExport.ToTensorBoard(opened, directory));
        });
        return command;
    }
}
