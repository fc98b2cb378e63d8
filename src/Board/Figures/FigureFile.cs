using MoELab.Views.Scenes;

namespace MoELab.Board.Figures;

/// <summary>A figure as a file for a paper: its width, and for charts its height, in pixels, with letters of a size.</summary>
internal static class FigureFile
{
    // The size of plain letters in a scene's own coordinates.
    private const double OwnFont = 11;

    private const int MostPixels = 20_000;

    /// <summary>The file's bytes and its type.</summary>
    /// <exception cref="InputException">Another format, or a picture of too many pixels.</exception>
    public static (byte[] Bytes, string Type) Of(View view, string format, FigureQuery query)
    {
        var scale = query.Font / OwnFont;
        var (width, height) = (query.Width / scale, query.Height / scale);
        Scene Draw() => view switch
        {
            LineView line => (line.Chart with { Width = width, Height = height }).ToScene(),
            HeatView heat => Heatmap.Draw(heat.Picture, width),
            _ => view.Scene,
        };
        switch (format)
        {
            case "csv":
                return (Encoding.UTF8.GetBytes(view.Data.ToCsv()), "text/csv; charset=utf-8");
            case "svg":
                return (Encoding.UTF8.GetBytes(SvgWriter.Fixed(Draw(), query.Width, query.Dark).Html), "image/svg+xml");
            case "png":
                var pixels = (int)Math.Round(query.Width * query.Scale);
                return pixels <= MostPixels ? (PngWriter.Write(Draw(), pixels, dark: query.Dark), "image/png")
                    : throw new InputException($"png: {pixels:N0} pixels wide; expected at most {MostPixels:N0}");
            default:
                throw new InputException($"format '{format}'; expected svg, png or csv");
        }
    }
}
