using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Views;
using MoELab.Views.Plotly;
using MoELab.Views.Tables;
using Plotly.NET;

namespace MoELab.Cells.Tables;

/// <summary>How values that other libraries own show in a notebook: Plotly charts, lists of runs, sweeps; registered once per process.</summary>
internal static class ViewFormatters
{
    private static int _registered;

    /// <summary>Registers them; a second call does nothing.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 1)
            return;
        Formatter.Register<GenericChart>((chart, writer) => writer.Write(PlotlyOutput.Html(chart)), "text/html");
        Formatter.SetPreferredMimeTypesFor(typeof(GenericChart), "text/html");
        Formatter.Register<IEnumerable<Run>>((runs, writer) => writer.Write(NotebookOutput.NotebookHtml(TableOf(runs))), "text/html");
        Formatter.Register<IEnumerable<Run>>((runs, writer) => writer.Write(NotebookOutput.Plain(TableOf(runs))), "text/plain");
    }

    private static RunTable TableOf(IEnumerable<Run> runs) => new([.. runs.Select(r => r.Read())]) { Directory = (runs as RunList)?.Directory };
}
