using MoELab.Board.Catalog;
using MoELab.Views.Comparisons;
using MoELab.Views.Scenes;

namespace MoELab.Board.Figures;

/// <summary>Makes the views that the board shows, the same ones for the page and for files.</summary>
/// <param name="store">The runs.</param>
internal sealed class BoardFigures(RunStore store)
{
    // Checkpoints and the like of many runs would cover each other.
    private const int MostMarked = 1;

    private const int MostFrames = 40;

    /// <summary>One metric of the runs.</summary>
    /// <exception cref="InputException">No such run; or none logged the metric.</exception>
    public OverlayView Curves(FigureQuery query)
    {
        var (options, colors, runs) = (query.Overlay.Checked(), query.Colors, query.Runs);
        string[] metrics = LossAxes.Metric(options.X) is { } axis ? [options.Metric, axis] : [options.Metric];
        var curves = runs.Select((name, i) => (Name: name, Color: RunCurve.Look(colors[i]), Run: store.Open(name))).ToArray()
            .AsParallel().AsOrdered().Select(r =>
            {
                var columns = r.Run.Columns(metrics);
                return RunCurve.Of(r.Name, r.Run.Experiment, r.Color, options.Metric, options.X,
                    m => columns.GetValueOrDefault(m), () => r.Run.FlopsPerToken);
            }).ToArray();
        if (curves.All(c => c is null))
            throw new InputException($"metric '{options.Metric}': "
                + $"{(runs.Count == 1 ? $"run '{runs[0]}' has" : "the chosen runs have")} not logged it");
        var markers = runs.Count <= MostMarked && options.X == LossAxis.Steps ? store.Read(runs, r => Marker.Of(r[0].History.Events)) : [];
        return new OverlayView([.. curves.OfType<RunCurve>()], options, markers);
    }

    /// <summary>The routing of the first run.</summary>
    public RoutingView Routing(FigureQuery query) => store.Read([query.Runs[0]], runs => new RoutingView(runs[0], query.Step));

    /// <summary>What a heatmap's slider gets of the steps after one, as many as a page can take at once: step, cells, even loads.</summary>
    public IReadOnlyList<(int Step, string Cells, double[] Means)> Frames(FigureQuery query) => store.Read([query.Runs[0]], runs =>
    {
        if (runs[0].Routing is not { } routing)
            return [];
        var records = routing.Read(RoutingFrames.Choose([.. routing.Steps.Where(s => s > (query.Step ?? 0))], MostFrames)).ToList();
        var frames = RoutingFrames.OfLoads(records, routing.Layers, routing.Experts);
        return (IReadOnlyList<(int, string, double[])>)[.. records.Zip(frames.Cells,
            (r, cells) => (r.Step, Convert.ToBase64String(cells), RoutingView.Means(r.Counts)))];
    });

    /// <summary>The routing of the second run less that of the first.</summary>
    /// <exception cref="InputException">There is no difference to draw, and why.</exception>
    public RoutingDifferenceView Difference(FigureQuery query) => store.Read(query.Runs, runs =>
    {
        var comparison = new Comparison(runs);
        return comparison.Heatmap() ?? throw new InputException(comparison.HeatmapNote!);
    });

    /// <summary>Held-out text of each domain, run by run.</summary>
    public DomainComparisonView Domains(FigureQuery query)
    {
        var colors = query.Colors;
        return store.Read(query.Runs, runs => new DomainComparisonView(runs, [.. colors.Select(Palette.Category)]));
    }
}
