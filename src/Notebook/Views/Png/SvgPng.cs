using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SkiaSharp;

namespace MoELab.Views;

/// <summary>
/// Draws the subset of SVG that <see cref="SvgText"/> writes (rect, line, path, circle, text, g with an opacity) as PNG. Classes and
/// colours are those of <see cref="Palette"/>, so a PNG has the colours of its SVG.
/// </summary>
internal static partial class SvgPng
{
    private static readonly Dictionary<string, Dictionary<string, string>> Styles = ReadStyles();
    private static readonly Lazy<(SKTypeface Plain, SKTypeface Bold, SKTypeface Mono)> Faces = new(() =>
        (Face("DejaVuSans.ttf", "sans-serif", SKFontStyle.Normal), Face("DejaVuSans-Bold.ttf", "sans-serif", SKFontStyle.Bold), Face("DejaVuSansMono.ttf", "monospace", SKFontStyle.Normal)));

    /// <summary>The picture as PNG.</summary>
    /// <param name="svg">One of this library's pictures.</param>
    /// <param name="width">Pixels; null takes the picture's own width times <paramref name="scale"/>.</param>
    /// <param name="scale">Pixels per unit of the picture where no width is given.</param>
    /// <param name="dark">In the colours of a dark page.</param>
    public static byte[] Draw(string svg, int? width, double scale, bool dark)
    {
        var root = XDocument.Parse(svg).Root!;
        var (w, h) = (Number(root, "width"), Number(root, "height"));
        var factor = width is { } asked ? asked / w : scale;
        using var bitmap = new SKBitmap(Math.Max(1, (int)Math.Round(w * factor)), Math.Max(1, (int)Math.Round(h * factor)));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(dark ? new SKColor(0x1b, 0x1e, 0x24) : SKColors.White);
        canvas.Scale((float)factor);
        Children(canvas, root, Palette.ColorTable(dark), 1);
        canvas.Flush();
        using var image = SKImage.FromBitmap(bitmap);
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static void Children(SKCanvas canvas, XElement parent, IReadOnlyDictionary<string, string> colors, double opacity)
    {
        foreach (var node in parent.Elements())
        {
            var own = opacity * Number(node, "opacity", 1);
            if (node.Name.LocalName == "g")
                Children(canvas, node, colors, own);
            else
                Draw(canvas, node, StyleOf(node), colors, own);
        }
    }

    private static void Draw(SKCanvas canvas, XElement node, Dictionary<string, string> style, IReadOnlyDictionary<string, string> colors, double opacity)
    {
        opacity *= style.TryGetValue("opacity", out var o) ? Parse(o) : 1;
        using var fill = Paint(style.GetValueOrDefault("fill", "#000"), colors, opacity);
        using var stroke = Paint(style.GetValueOrDefault("stroke", "none"), colors, opacity);
        if (stroke is not null)
        {
            stroke.Style = SKPaintStyle.Stroke;
            stroke.StrokeWidth = (float)(style.TryGetValue("stroke-width", out var thick) ? Parse(thick) : 1);
            stroke.StrokeJoin = SKStrokeJoin.Round;
            stroke.PathEffect = style.TryGetValue("stroke-dasharray", out var dash) ? SKPathEffect.CreateDash([.. dash.Split(' ').Select(d => (float)Parse(d))], 0) : null;
        }
        switch (node.Name.LocalName)
        {
            case "rect":
                var box = SKRect.Create(Float(node, "x"), Float(node, "y"), Float(node, "width"), Float(node, "height"));
                Both(p => canvas.DrawRect(box, p));
                break;
            case "circle":
                Both(p => canvas.DrawCircle(Float(node, "cx"), Float(node, "cy"), Float(node, "r"), p));
                break;
            case "line" when stroke is not null:
                canvas.DrawLine(Float(node, "x1"), Float(node, "y1"), Float(node, "x2"), Float(node, "y2"), stroke);
                break;
            case "path":
                using (var path = SKPath.ParseSvgPathData(node.Attribute("d")!.Value))
                    Both(p => canvas.DrawPath(path, p));
                break;
            case "text" when fill is not null:
                Text(canvas, node, style, fill);
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

    private static void Text(SKCanvas canvas, XElement node, Dictionary<string, string> style, SKPaint fill)
    {
        var (plain, bold, mono) = Faces.Value;
        var size = style.TryGetValue("font-size", out var own) ? Parse(own.Replace("px", "", StringComparison.Ordinal)) : 11;
        using var font = new SKFont(style.GetValueOrDefault("font-family", "").Contains("mono", StringComparison.Ordinal) ? mono : style.ContainsKey("font-weight") ? bold : plain, (float)size) { Subpixel = true };
        var align = node.Attribute("text-anchor")?.Value switch { "middle" => SKTextAlign.Center, "end" => SKTextAlign.Right, _ => SKTextAlign.Left };
        var text = string.Concat(node.Nodes().OfType<XText>().Select(t => t.Value));
        canvas.DrawText(text, Float(node, "x"), Float(node, "y"), align, font, fill);
    }

    private static SKPaint? Paint(string value, IReadOnlyDictionary<string, string> colors, double opacity)
    {
        if (value == "none")
            return null;
        var hex = value.StartsWith("var(--", StringComparison.Ordinal) ? colors[value[6..^1]] : value;
        return new SKPaint { Color = SKColor.Parse(hex).WithAlpha((byte)Math.Round(255 * Math.Clamp(opacity, 0, 1))), IsAntialias = true };
    }

    private static Dictionary<string, string> StyleOf(XElement node)
    {
        var style = new Dictionary<string, string>(StringComparer.Ordinal);
        var classes = (node.Attribute("class")?.Value ?? "").Split(' ');
        // The order of the style sheet decides, not that of the classes.
        foreach (var (name, declarations) in Styles)
            if (name == node.Name.LocalName || classes.Contains(name[1..]))
                foreach (var (key, value) in declarations)
                    style[key] = value;
        return style;
    }

    private static Dictionary<string, Dictionary<string, string>> ReadStyles()
    {
        var styles = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (Match rule in Rule().Matches(Palette.Rules))
        {
            if (!styles.TryGetValue(rule.Groups[1].Value, out var into))
                styles[rule.Groups[1].Value] = into = new(StringComparer.Ordinal);
            foreach (var declaration in rule.Groups[2].Value.Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                var (key, value) = (declaration[..declaration.IndexOf(':')], declaration[(declaration.IndexOf(':') + 1)..]);
                if (key == "font")
                    (into["font-size"], into["font-family"]) = (value[..value.IndexOf(' ')], value[(value.IndexOf(' ') + 1)..]);
                else
                    into[key] = value;
            }
        }
        return styles;
    }

    // Skia's build without fontconfig knows no installed font by itself.
    private static SKTypeface Face(string file, string family, SKFontStyle style)
    {
        if (SKFontManager.Default.MatchFamily(family, style) is { } known && SKFontManager.Default.FontFamilies.Any())
            return known;
        foreach (var folder in new[] { "/usr/share/fonts", "/usr/local/share/fonts" }.Where(Directory.Exists))
        {
            var fonts = Directory.EnumerateFiles(folder, "*.ttf", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            var path = fonts.Find(f => Path.GetFileName(f) == file) ?? fonts.Find(f => f.Contains("Sans", StringComparison.Ordinal) && f.Contains("Regular", StringComparison.Ordinal)) ?? (fonts.Count > 0 ? fonts[0] : null);
            if (path is not null && SKTypeface.FromFile(path) is { } face)
                return face;
        }
        return SKTypeface.Default;
    }

    private static float Float(XElement node, string name) => (float)Number(node, name);

    private static double Number(XElement node, string name, double otherwise = 0) => node.Attribute(name) is { } a ? Parse(a.Value) : otherwise;

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.ml (\.?[\w-]+)\{([^}]*)\}")]
    private static partial Regex Rule();
}
