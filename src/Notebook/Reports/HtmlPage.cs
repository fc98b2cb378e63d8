using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using MoELab.Views;

namespace MoELab.Reports;

/// <summary>A self-contained page: style, script and pictures inside, nothing from a network.</summary>
internal sealed class HtmlPage(string title)
{
    private readonly StringBuilder _body = new();

    public static string Escape(string? text) => SvgText.Escape(text ?? "");

    public HtmlPage Raw(string markup)
    {
        _body.Append(markup).Append('\n');
        return this;
    }

    public HtmlPage Heading(string text) => Raw($"<h2>{Escape(text)}</h2>");

    /// <summary>A headline figure with a note and a sparkline below it.</summary>
    public HtmlPage Tile(string name, string value, string note, IReadOnlyList<double>? curve = null) =>
        Raw($"<div class=\"tile\"><span class=\"k\">{Escape(name)}</span><span class=\"v\">{Escape(value)}</span><span class=\"n\">{Escape(note)}</span>{(curve is null ? "" : Sparkline.ToSvg(curve))}</div>");

    /// <summary>A line chart whose values a crosshair reads; charts without a value are left out.</summary>
    public HtmlPage Chart(LineView view, bool wide = false, string caption = "")
    {
        if (!view.Chart.Series.Any(s => s.Y.Any(double.IsFinite)))
            return this;
        var chart = view.Chart with { Width = wide ? 1180 : 580, Height = wide ? 330 : 290 };
        var note = caption.Length == 0 ? "" : $"<figcaption>{Escape(caption)}</figcaption>";
        return Raw($"<figure class=\"card{(wide ? " wide" : "")}\" data-curves>{chart.ToSvg()}{note}{Json(Curves(chart))}</figure>");
    }

    /// <summary>Charts in two columns; the last takes both where it would stand alone. Charts without a value are left out.</summary>
    public HtmlPage Charts(params LineView[] views)
    {
        var drawn = views.Where(v => v.Chart.Series.Any(s => s.Y.Any(double.IsFinite))).ToList();
        for (var i = 0; i < drawn.Count; i++)
            Chart(drawn[i], wide: i == drawn.Count - 1 && drawn.Count % 2 == 1);
        return this;
    }

    /// <summary>A heatmap with a step slider, and a static picture for a reader without scripts.</summary>
    public HtmlPage Heat(RoutingFrames frames, string fallbackSvg, string caption)
    {
        if (frames.Cells.Count == 0)
            return this;
        var last = frames.Cells.Count - 1;
        var (low, middle, high) = frames.Logarithmic
            ? ($"{Math.Pow(2, frames.Low):0.###}x", "even load", $"{Math.Pow(2, frames.High):0.#}x")
            : ($"{frames.Low:+0.#;-0.#}", "equal", $"{frames.High:+0.#;-0.#}");
        var order = frames.Logarithmic ? "" : " hidden";
        return Raw($"<figure class=\"card wide\" data-heat><div class=\"slider\"><output>step {frames.Steps[last]:N0}</output>"
            + $"<input type=\"range\" min=\"0\" max=\"{last}\" value=\"{last}\" aria-label=\"step\"><button type=\"button\">Play</button>"
            + $"<select aria-label=\"order of experts\"{order}><option value=\"\">experts by number</option><option value=\"last\">sorted at the last step</option><option value=\"now\">sorted at each step</option></select></div>"
            + $"<div class=\"axes\"><div class=\"y\"><span>layer 0</span><span>{frames.Layers - 1}</span></div><canvas class=\"heat\"></canvas>"
            + $"<div class=\"x\"><span>expert 0</span><span>{frames.Experts - 1}</span></div></div>"
            + $"<div class=\"key\"><span>{low}</span><canvas></canvas><span>{high}</span><span>middle: {middle}</span>{(frames.Logarithmic ? "<span class=\"deadkey\"></span><span>no token</span>" : "")}<span class=\"read\"></span></div>"
            + $"<noscript>{fallbackSvg}</noscript><figcaption>{Escape(caption)}</figcaption>"
            + Json(new { layers = frames.Layers, experts = frames.Experts, steps = frames.Steps, low = frames.Low, high = frames.High, log = frames.Logarithmic, cells = frames.ToBase64() })
            + "</figure>");
    }

    /// <summary>A table in a card; numbers are set to the right.</summary>
    public HtmlPage Table(ViewTable table, bool wide = true)
    {
        var numeric = Enumerable.Range(0, table.Columns.Count).Select(c => table.Rows.Any(r => r[c] is not null) && table.Rows.All(r => r[c] is null or int or long or double)).ToArray();
        Raw($"<div class=\"card{(wide ? " wide" : "")}\"><div class=\"scroll\"><table><thead><tr>");
        for (var c = 0; c < numeric.Length; c++)
            Raw($"<th{(numeric[c] ? " class=\"num\"" : "")}>{Escape(table.Columns[c])}</th>");
        Raw("</tr></thead><tbody>");
        foreach (var row in table.Rows)
            Raw("<tr>" + string.Concat(row.Select((cell, c) => $"<td{(numeric[c] ? " class=\"num\"" : "")}>{Escape(Cell(cell))}</td>")) + "</tr>");
        return Raw("</tbody></table></div></div>");
    }

    /// <summary>The whole document.</summary>
    public override string ToString() =>
        $"<!doctype html>\n<html lang=\"en\" data-loads-light=\"{Palette.LoadTable(false)}\" data-loads-dark=\"{Palette.LoadTable(true)}\">\n<head><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        + $"<title>{Escape(title)}</title><style>{Resource("page.css")}</style></head>\n<body><main>\n{_body}</main>\n<script>{Resource("page.js")}</script></body></html>\n";

    public static string Cell(object? cell) => cell switch
    {
        null => "",
        double d => double.IsNaN(d) ? "" : d.ToString(Math.Abs(d) >= 1000 ? "N0" : "0.####", CultureInfo.InvariantCulture),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{cell:N0}"),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "",
    };

    private static object Curves(LineChart chart)
    {
        const int Most = 500;
        var joined = ViewTable.Join(chart.XLabel, [.. chart.Series.Where(s => s.Name.Length > 0).Select(s => s.Style == SeriesStyle.Smoothed ? s with { Y = Views.Curves.Smooth(s.Y) } : s)]);
        // Rows that a seldom logged series has must stay; the others thin out evenly.
        var stride = Math.Max(1, joined.Rows.Count / Most);
        var rows = joined.Rows.Where((r, i) => i % stride == 0 || i == joined.Rows.Count - 1 || (chart.Series.Any(s => s.Style == SeriesStyle.Dots) && r.Skip(1).All(v => v is not null))).ToList();
        return new
        {
            label = chart.XLabel,
            x = rows.Select(r => r[0]),
            series = chart.Series.Where(s => s.Name.Length > 0).Select((s, c) => new { name = s.Name, color = s.Color, y = rows.Select(r => r[c + 1] is double v && double.IsFinite(v) ? Math.Round(v, 5) : (double?)null) }),
        };
    }

    private static string Json(object data) => $"<script type=\"application/json\">{JsonSerializer.Serialize(data)}</script>";

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
