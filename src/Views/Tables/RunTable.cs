namespace MoELab.Views.Tables;

/// <summary>Runs as a table with sparklines of their loss: what <c>lab.Runs</c> shows in a notebook.</summary>
/// <param name="runs">The runs.</param>
public sealed class RunTable(IReadOnlyList<RunReader> runs) : View
{
    /// <inheritdoc/>
    public override string Title => $"{runs.Count} run{(runs.Count == 1 ? "" : "s")}{(Directory is null ? "" : $" in {Directory}")}";

    /// <summary>The directory that they are all of; null where they are not.</summary>
    internal string? Directory { get; init; }

    /// <summary>Name, state, step, loss and MaxVio (means of the last tenth), held-out bits per byte.</summary>
    public override ViewTable Data => new(["run", "state", "step", "loss_last_tenth", "eval_bits_per_byte", "max_vio_last_tenth"],
        [.. runs.Select(r => (Run: r, Figures: RunFigures.Of(r))).Select(r => new object?[]
        {
            r.Run.Name, r.Run.Status.ToString().ToLowerInvariant(), r.Run.Step, r.Figures.Loss, r.Figures.BitsPerByte, r.Figures.MaxVio,
        })])
    {
        Titles = ["run", "state", "step", "loss, last tenth", "held-out bits/byte", "MaxVio, last tenth"],
    };

    /// <inheritdoc/>
    public override Scene Scene => Draw();

    private Scene Draw()
    {
        const int Most = 40;
        const double Row = 26, Width = 720;
        var rows = Data.Rows.Take(Most).ToList();
        double[] right = [0, 230, 280, 380, 500, 616];
        var scene = new Scene(Width, 56 + (Row * rows.Count), Title);
        scene.Text(4, 18, Title, "t");
        for (var c = 0; c < right.Length; c++)
            scene.Text(c == 0 ? 4 : right[c], 40, Data.Titles[c], "s", c == 0 ? "start" : "end");
        scene.Text(636, 40, "loss", "s");
        for (var i = 0; i < rows.Count; i++)
        {
            var y = 60 + (Row * i);
            scene.Line(4, y - 15, Width - 4, y - 15, "g");
            for (var c = 0; c < right.Length; c++)
                scene.Text(c == 0 ? 4 : right[c], y, Cut(ViewTable.Cell(rows[i][c])), "", c == 0 ? "start" : "end");
            scene.Polyline(Sparkline.Points(Losses(runs[i]), 636, y - 12, 80, 18), "l c0");
        }
        return scene;
    }

    internal override Markup Html(FigurePage page)
    {
        var sparks = new ViewTable([.. Data.Titles, "loss"],
            [.. Data.Rows.Zip(runs, (row, run) => (IReadOnlyList<object?>)[.. row, Sparkline.Of(Losses(run))])]);
        return Markup.Of($"<div class=\"scroll\">{sparks.ToHtml()}</div>");
    }

    private static string Cut(string text) => text.Length > 24 ? text[..23] + "…" : text;

    private static IReadOnlyList<double> Losses(RunReader run) => run.Metrics.Find("loss")?.Values ?? [];
}
