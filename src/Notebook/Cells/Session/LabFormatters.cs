using System.Runtime.CompilerServices;
using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Cells.RunCells;
using MoELab.Cells.StudyCells;
using MoELab.Cells.Tables;
using MoELab.Live;
using MoELab.Plugins;
using MoELab.Query;
using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Races;
using MoELab.Studies.Reports;
using MoELab.Studies.Results;
using MoELab.Studies.Running;
using MoELab.Views;
using MoELab.Views.Html;
using MoELab.Views.Plotly;
using Plotly.NET;

namespace MoELab.Cells.Session;

/// <summary>How the lab's values are displayed in cells, as HTML and as text.</summary>
internal static class LabFormatters
{
    private static readonly Lock Gate = new();
    private static bool _registered;

    /// <summary>
    /// Registers the formatters of this process, with the plugins of its first session, and one for Plotly's charts unless the host sees to them; a
    /// second call does nothing.
    /// </summary>
    public static void Register(PluginCatalog catalog, bool charts = true)
    {
        lock (Gate)
        {
            if (_registered)
                return;
            _registered = true;
            Show<QueryTable>(t => CellTable.Of(t, null));
            Show<RaceResult>(r =>
                CellData.Html(Markup.Of($"<p>{r.Statement()}</p>{CellTable.Scrolled(r.Columns, r.Rows)}").Html, r.ToString()));
            Show<SweepResult>(s =>
                CellData.Html(Markup.Of($"{CellTable.Scrolled(s.Columns, s.Rows)}<p>{SweepResult.Caveat}</p>").Html, s.ToString()));
            Show<Study>(StudyTable.Of);
            Show<StudyPlan>(StudyTable.Of);
            Show<StudyReport>(StudyTable.Of);
            Show<IEnumerable<StudyResult>>(StudyTable.Of);
            Show<IEnumerable<RecipeDifference>>(d =>
                CellTable.Of(["path", "this", "other"], CellTable.Rows(d), d.Any() ? null : "no difference"));
            Show<Recipe>(r => RecipeTable.Of(r, catalog));
            Show<IEnumerable<Run>>(Runs);
            Show<Run>(r => Card(new RunCard(r)));
            Show<RunGroup>(r => Card(LiveRuns.Card(r)));
            foreach (var type in new[] { typeof(Run), typeof(RunGroup), typeof(Study), typeof(StudyPlan), typeof(StudyReport) })
                Formatter.SetPreferredMimeTypesFor(type, "text/html", "text/plain");
            if (charts)
                ShowCharts();
        }
    }

    // A method of its own: without charts, Plotly is not loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShowCharts()
    {
        Formatter.Register<GenericChart>((chart, writer) => writer.Write(PlotlyOutput.Html(chart)), "text/html");
        Formatter.SetPreferredMimeTypesFor(typeof(GenericChart), "text/html");
    }

    private static void Show<T>(Func<T, CellData> form)
    {
        Formatter.Register<T>((value, writer) => writer.Write((string)form(value).Forms["text/html"]), "text/html");
        Formatter.Register<T>((value, writer) => writer.Write(form(value).Plain), "text/plain");
    }

    private static CellData Runs(IEnumerable<Run> runs)
    {
        var table = new Views.Tables.RunTable([.. runs.Select(r => r.Read())]) { Directory = (runs as RunList)?.Directory };
        return CellData.Html(NotebookOutput.NotebookHtml(table), NotebookOutput.Plain(table));
    }

    // The card as it is now; it is not updated.
    private static CellData Card(ILiveFigure figure) => figure.Whole("still-" + Guid.NewGuid().ToString("N")[..12]);
}
