using System.Diagnostics;
using System.Runtime.InteropServices;
using MoELab.Cells.Session;
using MoELab.Cli.Live;
using MoELab.Documents;
using MoELab.Documents.Html;
using MoELab.Documents.Running;
using MoELab.Views.Plotly;

namespace MoELab.Cli.Commands;

/// <summary>
/// Runs a notebook and handles the terminal's signals: progress goes to standard error, and files are written whatever happens; a path that is
/// null is not written.
/// </summary>
internal sealed class NotebookRun(CliContext context, string file, Lab lab, string? output, string? html)
{
    // A long run is saved in between, at most this often.
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(10);

    /// <summary>Runs the notebook, each cell for at most <paramref name="seconds"/>; returns the exit code.</summary>
    public int Execute(IReadOnlyList<KeyValuePair<string, string>> parameters, double? seconds, bool allowErrors, bool json)
    {
        var notebook = NotebookDocument.Read(file);
        var signal = 0;
        using var cancel = new CancellationTokenSource();
        void Stop(PosixSignalContext caught)
        {
            caught.Cancel = true;
            signal = caught.Signal == PosixSignal.SIGINT ? TrainingSession.Interrupted : TrainingSession.Terminated;
            cancel.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var session = NotebookHost.Create(lab);
        PlotlyOutput.Reset();
        var clock = Stopwatch.StartNew();
        var saved = Stopwatch.StartNew();
        NotebookRunner? runner = null;
        runner = new NotebookRunner(session, notebook)
        {
            Timeout = seconds is { } limit ? TimeSpan.FromSeconds(limit) : null,
            AllowErrors = allowErrors,
            Ended = cell =>
            {
                var how = cell.Error is null ? "done" : cell.Allowed ? "failed, as allowed" : cell.Interrupted ? "interrupted" : "failed";
                context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"cell {cell.Number} of {runner!.Cells}: {how} after {cell.Time.TotalSeconds:0.00} s"));
                if (output is null || saved.Elapsed < SaveEvery)
                    return;
                runner!.Collect();
                notebook.Write(output);
                saved.Restart();
            },
        };
        var cells = runner.Run(parameters, cancel.Token).GetAwaiter().GetResult();
        if (output is not null)
            notebook.Write(output);
        if (html is not null)
            NotebookPage.Write(notebook, html);
        var failed = cells.FirstOrDefault(c => c.Failed);
        if (failed is not null)
            context.Error.WriteLine(Describe(failed));
        if (json)
            context.WriteJson(ToJson(cells, failed, clock.Elapsed));
        else
            foreach (var path in new[] { output, html }.OfType<string>())
                context.Output.WriteLine(path);
        return signal != 0 ? signal : failed is null ? 0 : CliContext.Failed;
    }

    private static string Describe(CellRun cell)
    {
        var error = cell.Error!;
        var source = cell.Cell.Source.Split('\n');
        var lines = new List<string> { $"moelab: cell {cell.Number} failed: {error.Name}: {error.Message}" };
        var said = $": {error.Name}: {error.Message}";
        lines.AddRange(error.Trace.Select(t => "  " + (t.EndsWith(said, StringComparison.Ordinal) ? t[..^said.Length] : t)));
        var (from, to) = error.Line > 0 ? (Math.Max(1, error.Line - 2), Math.Min(source.Length, error.Line + 1)) : (1, Math.Min(source.Length, 5));
        for (var i = from; i <= to; i++)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"  {(i == error.Line ? '>' : ' ')} {i,3} | {source[i - 1]}"));
        return string.Join(Environment.NewLine, lines);
    }

    private JsonObject ToJson(IReadOnlyList<CellRun> cells, CellRun? failed, TimeSpan time) => new()
    {
        ["notebook"] = Path.GetFullPath(file),
        ["output"] = output,
        ["html"] = html,
        ["seconds"] = Math.Round(time.TotalSeconds, 3),
        ["cells"] = new JsonArray([.. cells.Select(c => (JsonNode)new JsonObject
        {
            ["cell"] = c.Number,
            ["seconds"] = Math.Round(c.Time.TotalSeconds, 3),
            ["status"] = c.Error is null ? "done" : c.Interrupted ? "interrupted" : "failed",
        })]),
        ["failed_cell"] = failed is null ? null : new JsonObject
        {
            ["cell"] = failed.Number,
            ["name"] = failed.Error!.Name,
            ["message"] = failed.Error.Message,
            ["line"] = failed.Error.Line,
            ["trace"] = new JsonArray([.. failed.Error.Trace.Select(t => (JsonNode)t)]),
        },
    };
}
