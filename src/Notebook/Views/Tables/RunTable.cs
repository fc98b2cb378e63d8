using System.Globalization;
using MoELab.Runs;

namespace MoELab.Views;

/// <summary>Runs as a table with sparklines of their loss: what <c>lab.Runs</c> shows in a notebook.</summary>
public sealed class RunTable : View, IHtmlView
{
    private readonly IReadOnlyList<RunReader> _runs;

    /// <summary>Reads the runs' figures.</summary>
    public RunTable(IReadOnlyList<RunReader> runs) => _runs = runs;

    /// <inheritdoc/>
    public override string Title => $"{_runs.Count} run{(_runs.Count == 1 ? "" : "s")}{(Directory is null ? "" : $" in {Directory}")}";

    /// <summary>The directory that they are all of; null where they are not.</summary>
    internal string? Directory { get; init; }

    /// <summary>Name, state, step, loss and MaxVio (means of the last tenth), held-out bits per byte.</summary>
    public override ViewTable Data => new(["run", "state", "step", "loss_last_tenth", "eval_bits_per_byte", "max_vio_last_tenth"],
        [.. _runs.Select(r => (Run: r, Figures: RunFigures.Of(r))).Select(r => new object?[]
        {
            r.Run.Name, r.Run.Status.ToString().ToLowerInvariant(), r.Run.Step, r.Figures.Loss, r.Figures.BitsPerByte, r.Figures.MaxVio,
        })])
    {
        Titles = ["run", "state", "step", "loss, last tenth", "held-out bits/byte", "MaxVio, last tenth"],
    };

    /// <inheritdoc/>
    public override string ToSvg()
    {
        const int Most = 40;
        const double Row = 26, Width = 720;
        var rows = Data.Rows.Take(Most).ToList();
        double[] right = [0, 230, 280, 380, 500, 616];
        var svg = new SvgText(Width, 56 + (Row * rows.Count), Title);
        svg.Text(4, 18, Title, "t");
        for (var c = 0; c < right.Length; c++)
            svg.Text(c == 0 ? 4 : right[c], 40, Data.Titles[c], "s", c == 0 ? "start" : "end");
        svg.Text(636, 40, "loss", "s");
        for (var i = 0; i < rows.Count; i++)
        {
            var y = 60 + (Row * i);
            svg.Line(4, y - 15, Width - 4, y - 15, "g");
            for (var c = 0; c < right.Length; c++)
                svg.Text(c == 0 ? 4 : right[c], y, Cut(ViewTable.Cell(rows[i][c])), "", c == 0 ? "start" : "end");
            svg.Path(Spark(_runs[i], 636, y - 12, 80, 18), "l c0");
        }
        return svg.ToString();
    }

    /// <inheritdoc/>
    string IHtmlView.Html() => "<div class=\"scroll\">" + HtmlFigure.Table(new ViewTable([.. Data.Titles, "loss"],
        [.. Data.Rows.Zip(_runs, (row, run) => (IReadOnlyList<object?>)[.. row, new Markup(run.Metrics.Find("loss") is { } loss ? Sparkline.ToSvg(loss.Values) : "", "")])])) + "</div>";

    private static string Cut(string text) => text.Length > 24 ? text[..23] + "…" : text;

    private static string Spark(RunReader run, double left, double top, double width, double height)
    {
        if (run.Metrics.Find("loss") is not { Count: > 1 } loss)
            return "";
        var smooth = Curves.Smooth(loss.Values);
        var kept = Curves.Thin(smooth, 100).Where(i => double.IsFinite(smooth[i])).ToArray();
        if (kept.Length < 2)
            return "";
        var (low, high) = (kept.Min(i => smooth[i]), kept.Max(i => smooth[i]));
        return "M" + string.Join('L', kept.Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{left + (i * width / (loss.Count - 1)):0.#} {(high > low ? top + height - ((smooth[i] - low) / (high - low) * height) : top + (height / 2)):0.#}")));
    }
}
