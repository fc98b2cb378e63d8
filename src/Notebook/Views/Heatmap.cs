namespace MoELab.Views;

/// <summary>A layer by expert picture of one frame, with a colour bar.</summary>
internal static class Heatmap
{
    private const double Left = 52, Right = 16, Top = 46, Bottom = 62;

    /// <summary>Draws one frame. Wide models are drawn in runs of equal colour per row, so a picture stays small.</summary>
    public static string ToSvg(RoutingFrames frames, int frame, string title, string unit, double width = 720)
    {
        var (layers, experts) = (frames.Layers, frames.Experts);
        var cellWidth = (width - Left - Right) / experts;
        var cellHeight = Math.Clamp(Math.Min(cellWidth * 1.2, 320.0 / layers), 5, 24);
        var height = Top + (layers * cellHeight) + Bottom;
        var svg = new SvgText(width, height, title);
        svg.Text(4, 18, title, "t").Text(4, 36, "layer", "s");
        if (frames.Cells.Count == 0)
            return svg.Text(width / 2, height / 2, "no routing recorded yet", "s", "middle").ToString();
        var cells = frames.Cells[frame];
        var gap = cellWidth > 6 ? 1 : 0;
        for (var layer = 0; layer < layers; layer++)
        {
            var y = Top + (layer * cellHeight);
            if (layer % Math.Max(1, (int)Math.Ceiling(12 / cellHeight)) == 0)
                svg.Text(Left - 7, y + (cellHeight / 2) + 4, $"{layer}", "s", "end");
            for (var expert = 0; expert < experts;)
            {
                var name = Class(frames, cells[(layer * experts) + expert]);
                var next = expert + 1;
                while (gap == 0 && next < experts && Class(frames, cells[(layer * experts) + next]) == name)
                    next++;
                if (name.Length > 0)
                    svg.Rect(Left + (expert * cellWidth), y, ((next - expert) * cellWidth) - gap, cellHeight - (cellHeight > 6 ? 1 : 0), name);
                expert = next;
            }
        }
        var under = Top + (layers * cellHeight);
        foreach (var tick in Ticks.Nice(0, experts - 1, 8).Where(t => t == Math.Floor(t)))
            svg.Text(Left + ((tick + 0.5) * cellWidth), under + 14, Ticks.Label(tick), "s", "middle");
        svg.Text(width - Right, under + 28, "expert", "s", "end");
        Bar(svg, frames, Left, under + 24, unit);
        return svg.ToString();
    }

    private static string Class(RoutingFrames frames, byte cell) => cell switch
    {
        255 => "",
        0 when frames.Logarithmic => "dead",
        _ => Palette.Load(frames.Share(frames.Value(cell))),
    };

    private static void Bar(SvgText svg, RoutingFrames frames, double x, double y, string unit)
    {
        const double Step = 6;
        for (var i = 0; i < Palette.Loads; i++)
            svg.Rect(x + (i * Step), y, Step + 0.3, 9, $"h{i}");
        foreach (var share in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            var value = frames.Low + (share * (frames.High - frames.Low));
            svg.Text(x + (share * Palette.Loads * Step), y + 22, frames.Logarithmic ? Ticks.Label(Math.Pow(2, value)) + "x" : value.ToString("+0.#;-0.#;0", System.Globalization.CultureInfo.InvariantCulture), "s", "middle");
        }
        var end = x + (Palette.Loads * Step) + 14;
        if (frames.Logarithmic)
        {
            svg.Rect(end, y, 10, 9, "dead").Text(end + 15, y + 9, "no token", "s");
            end += 74;
        }
        svg.Text(end, y + 9, unit, "s");
    }
}
