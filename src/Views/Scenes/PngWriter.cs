using SkiaSharp;

namespace MoELab.Views.Scenes;

/// <summary>Draws a <see cref="Scene"/> as PNG, in the colours of its SVG.</summary>
internal static class PngWriter
{
    private static readonly Lazy<(SKTypeface Plain, SKTypeface Bold, SKTypeface Mono)> Faces = new(() =>
        (Face("DejaVuSans.ttf", "sans-serif", SKFontStyle.Normal),
        Face("DejaVuSans-Bold.ttf", "sans-serif", SKFontStyle.Bold),
        Face("DejaVuSansMono.ttf", "monospace", SKFontStyle.Normal)));

    /// <summary>The picture as PNG.</summary>
    /// <param name="scene">The picture.</param>
    /// <param name="width">Pixels; null takes the picture's own width times <paramref name="scale"/>.</param>
    /// <param name="scale">Pixels per unit of the picture where no width is given.</param>
    /// <param name="dark">In the colours of a dark page.</param>
    /// <param name="paper">Whether what no mark covers is paper; else it is transparent.</param>
    public static byte[] Write(Scene scene, int? width, double scale = 1, bool dark = false, bool paper = true)
    {
        var factor = width is { } asked ? asked / scene.Width : scale;
        using var bitmap = new SKBitmap(Math.Max(1, (int)Math.Round(scene.Width * factor)), Math.Max(1, (int)Math.Round(scene.Height * factor)));
        using var canvas = new SKCanvas(bitmap);
        var colors = Palette.ColorTable(dark);
        canvas.Clear(paper ? SKColor.Parse(colors["paper"]) : SKColors.Transparent);
        canvas.Scale((float)factor);
        foreach (var mark in scene.Marks)
            Draw(canvas, mark, colors);
        canvas.Flush();
        using var image = SKImage.FromBitmap(bitmap);
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static void Draw(SKCanvas canvas, Mark mark, IReadOnlyDictionary<string, string> colors)
    {
        var style = MarkStyle.Of(mark);
        var opacity = mark.Opacity * (style.Opacity ?? 1);
        using var fill = Paint((mark as RectMark)?.Fill ?? style.Fill ?? "#000", colors, opacity);
        using var stroke = Paint(style.Stroke ?? "none", colors, opacity);
        if (stroke is not null)
        {
            stroke.Style = SKPaintStyle.Stroke;
            stroke.StrokeWidth = (float)(style.StrokeWidth ?? 1);
            stroke.StrokeJoin = SKStrokeJoin.Round;
            if (style.Dash is { } dash)
                stroke.PathEffect = SKPathEffect.CreateDash([.. dash.Split(' ').Select(d => float.Parse(d, CultureInfo.InvariantCulture))], 0);
        }
        switch (mark)
        {
            case TextMark text when fill is not null:
                Text(canvas, text, style, fill);
                break;
            case LineMark l when stroke is not null:
                canvas.DrawLine(Point(l.X1, l.Y1), Point(l.X2, l.Y2), stroke);
                break;
            case RectMark r:
                var (corner, radius) = (Point(r.X, r.Y), (float)r.Radius);
                var box = SKRect.Create(corner.X, corner.Y, (float)Math.Round(r.Width, 2), (float)Math.Round(r.Height, 2));
                Both(p => canvas.DrawRoundRect(box, radius, radius, p));
                break;
            case DotMark d:
                Both(p => canvas.DrawCircle(Point(d.X, d.Y), (float)d.Radius, p));
                break;
            case PathMark lines:
                using (var builder = new SKPathBuilder())
                {
                    foreach (var points in lines.Strokes)
                        builder.AddPoly([.. points.Select(p => Point(p.X, p.Y))], lines.Closed);
                    using var path = builder.Detach();
                    Both(p => canvas.DrawPath(path, p));
                }
                break;
        }

        void Both(Action<SKPaint> draw)
        {
            if (fill is not null)
                draw(fill);
            if (stroke is not null)
                draw(stroke);
        }
    }

    private static void Text(SKCanvas canvas, TextMark text, MarkStyle style, SKPaint fill)
    {
        var (plain, bold, mono) = Faces.Value;
        var face = style.Monospace == true ? mono : style.Bold ? bold : plain;
        using var font = new SKFont(face, (float)(style.FontSize ?? 11)) { Subpixel = true };
        var align = text.Anchor switch { "middle" => SKTextAlign.Center, "end" => SKTextAlign.Right, _ => SKTextAlign.Left };
        canvas.DrawText(text.Text, Point(text.X, text.Y), align, font, fill);
    }

    // Rounded as in the SVG, so that the two pictures are one.
    private static SKPoint Point(double x, double y) => new((float)Math.Round(x, 1), (float)Math.Round(y, 1));

    private static SKPaint? Paint(string color, IReadOnlyDictionary<string, string> colors, double opacity)
    {
        if (color == "none")
            return null;
        var alpha = (byte)Math.Round(255 * Math.Clamp(opacity, 0, 1));
        return new SKPaint { Color = SKColor.Parse(colors.GetValueOrDefault(color, color)).WithAlpha(alpha), IsAntialias = true };
    }

    // Skia's build without fontconfig finds no installed fonts.
    private static SKTypeface Face(string file, string family, SKFontStyle style)
    {
        if (SKFontManager.Default.MatchFamily(family, style) is { } known && SKFontManager.Default.FontFamilies.Any())
            return known;
        foreach (var folder in new[] { "/usr/share/fonts", "/usr/local/share/fonts" }.Where(Directory.Exists))
        {
            var fonts = Directory.EnumerateFiles(folder, "*.ttf", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            var path = fonts.Find(f => Path.GetFileName(f) == file)
                ?? fonts.Find(f => f.Contains("Sans", StringComparison.Ordinal) && f.Contains("Regular", StringComparison.Ordinal))
                ?? (fonts.Count > 0 ? fonts[0] : null);
            if (path is not null && SKTypeface.FromFile(path) is { } face)
                return face;
        }
        return SKTypeface.Default;
    }
}
