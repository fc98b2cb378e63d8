using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MoELab.Views;

/// <summary>Builds an SVG document as text; escapes what it is given and rounds positions to a tenth.</summary>
internal sealed partial class SvgText
{
    private readonly StringBuilder _text = new();

    public SvgText(double width, double height, string label)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\"");
        _text.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ml\" role=\"img\" ").Append(size)
            .Append(" aria-label=\"").Append(Escape(label)).Append("\"><style>").Append(Palette.Css).Append("</style>");
    }

    /// <summary>The picture without its own style sheet, for a page that has <see cref="Palette.ThemedCss"/>.</summary>
    public static string Bare(string svg) => svg.Replace("<style>" + Palette.Css + "</style>", "", StringComparison.Ordinal);

    /// <summary>
    /// Markup whose pictures are images that carry their own style. A front end that does not trust a notebook removes SVG and style
    /// sheets from it and keeps images; the script of figures puts the drawings back where it runs.
    /// </summary>
    public static string Portable(string markup) => Drawing().Replace(markup, m =>
    {
        var styled = m.Value.Insert(m.Value.IndexOf('>', StringComparison.Ordinal) + 1, "<style>" + Palette.Css + "</style>");
        return $"<img class=\"ml\" data-svg alt=\"{m.Groups["label"].Value}\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(styled))}\">";
    });

    [GeneratedRegex("<svg [^>]*class=\"ml\"[^>]*?aria-label=\"(?<label>[^\"]*)\"[^>]*>.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();

    public static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
            safe.Append(c switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                < ' ' and not ('\n' or '\t') => "\uFFFD",
                '\uFFFE' or '\uFFFF' => "\uFFFD",
                _ => c.ToString(),
            });
        return safe.ToString();
    }

    public static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    public SvgText Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    public SvgText Text(double x, double y, string text, string classes = "", string anchor = "start")
    {
        _text.Append(CultureInfo.InvariantCulture, $"<text x=\"{N(x)}\" y=\"{N(y)}\" class=\"{classes}\" text-anchor=\"{anchor}\">{Escape(text)}</text>");
        return this;
    }

    public SvgText Line(double x1, double y1, double x2, double y2, string classes)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" class=\"{classes}\"/>");
        return this;
    }

    public SvgText Rect(double x, double y, double width, double height, string classes, string? title = null)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{width:0.##}\" height=\"{height:0.##}\" class=\"{classes}\"");
        _text.Append(title is null ? "/>" : $"><title>{Escape(title)}</title></rect>");
        return this;
    }

    public SvgText Path(string path, string classes, string extra = "")
    {
        if (path.Length > 0)
            _text.Append(CultureInfo.InvariantCulture, $"<path d=\"{path}\" class=\"{classes}\"{extra}/>");
        return this;
    }

    public override string ToString() => _text + "</svg>";
}
