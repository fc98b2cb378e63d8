namespace MoELab.Views.Scenes;

/// <summary>Draws one frame of a heatmap, with a colour bar.</summary>
internal static class Heatmap
{
    private const double Right = 16, Top = 46, Bottom = 62;

    /// <summary>The picture of one frame. Wide models are drawn in runs of equal colour per row, so a picture stays small.</summary>
    public static Scene Draw(HeatPicture picture, double width = 720)
    {
        var frames = picture.Frames;
        var (rows, columns) = (frames.Layers, frames.Experts);
        var left = picture.RowNames is { } names ? Math.Max(52, 14 + (6.4 * names.Max(n => n.Length))) : 52;
        var cellWidth = (width - left - Right) / columns;
        var cellHeight = Math.Clamp(Math.Min(cellWidth * 1.2, 320.0 / rows), 5, 24);
        var height = Top + (rows * cellHeight) + Bottom;
        var scene = new Scene(width, height, picture.Title);
        scene.Text(4, 18, picture.Title, "t").Text(4, 36, picture.RowWord, "s");
        if (frames.Cells.Count == 0)
            return scene.Text(width / 2, height / 2, "no routing recorded yet", "s", "middle");
        var cells = frames.Cells[picture.Frame];
        var gap = cellWidth > 6 ? 1 : 0;
        for (var row = 0; row < rows; row++)
        {
            var y = Top + (row * cellHeight);
            if (row % Math.Max(1, (int)Math.Ceiling(12 / cellHeight)) == 0)
                scene.Text(left - 7, y + (cellHeight / 2) + 4, picture.RowNames?[row] ?? $"{row}", "s", "end");
            for (var column = 0; column < columns;)
            {
                var name = Class(frames, cells[(row * columns) + column]);
                var next = column + 1;
                while (gap == 0 && next < columns && Class(frames, cells[(row * columns) + next]) == name)
                    next++;
                if (name.Length > 0)
                    scene.Rect(left + (column * cellWidth), y, ((next - column) * cellWidth) - gap, cellHeight - (cellHeight > 6 ? 1 : 0), name);
                column = next;
            }
        }
        var under = Top + (rows * cellHeight);
        foreach (var tick in Ticks.Nice(0, columns - 1, 8).Where(t => t == Math.Floor(t)))
            scene.Text(left + ((tick + 0.5) * cellWidth), under + 14, Ticks.Label(tick), "s", "middle");
        scene.Text(width - Right, under + 14, picture.ColumnWord, "s", "end");
        Bar(scene, picture, left, under + 24);
        return scene;
    }

    private static string Class(RoutingFrames frames, byte cell) => cell switch
    {
        255 => "",
        0 when frames.Logarithmic => "dead",
        _ => Palette.Load(frames.Share(frames.Value(cell))),
    };

    private static void Bar(Scene scene, HeatPicture picture, double x, double y)
    {
        const double Step = 6;
        var frames = picture.Frames;
        for (var i = 0; i < Palette.Loads; i++)
            scene.Rect(x + (i * Step), y, Step + 0.3, 9, $"h{i}");
        foreach (var share in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            var value = frames.Low + (share * (frames.High - frames.Low));
            var label = frames.Logarithmic ? Ticks.Label(Math.Pow(2, value)) + "x" : value.ToString("+0.#;-0.#;0", CultureInfo.InvariantCulture);
            scene.Text(x + (share * Palette.Loads * Step), y + 22, label, "s", "middle");
        }
        var end = x + (Palette.Loads * Step) + 14;
        if (frames.Logarithmic)
        {
            scene.Rect(end, y, 10, 9, "dead").Text(end + 15, y + 9, picture.None, "s");
            end += 24 + (6.2 * picture.None.Length);
        }
        scene.Text(end, y + 9, picture.Unit, "s");
    }
}
