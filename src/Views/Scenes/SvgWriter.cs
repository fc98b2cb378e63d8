namespace MoELab.Views.Scenes;

/// <summary>Writes a <see cref="Scene"/> as SVG; positions are rounded to a tenth.</summary>
internal static class SvgWriter
{
    public static Markup Write(Scene scene, FigurePage page) => page == FigurePage.Own ? Write(scene, styled: false) : Image(scene);

    /// <summary>A stand-alone document, or with <paramref name="styled"/> false one for a page that has <see cref="StyleSheet.Themed"/>.</summary>
    public static Markup Write(Scene scene, bool styled = true)
    {
        var style = styled ? new Markup($"<style>{Palette.Css}</style>") : null;
        return Markup.Of($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ml\" role=\"img\" viewBox=\"0 0 {scene.Width:0.#} {scene.Height:0.#}\" "
            + $"width=\"{scene.Width:0.#}\" height=\"{scene.Height:0.#}\" aria-label=\"{scene.Label}\">{style}{Marks(scene.Marks)}</svg>");
    }

    /// <summary>A document of a set width with fixed colours, for papers: it follows no reader's setting and needs no variables of style sheets.</summary>
    /// <param name="scene">The picture.</param>
    /// <param name="width">Pixels; its height follows.</param>
    /// <param name="dark">In the colours of a dark page.</param>
    public static Markup Fixed(Scene scene, double width, bool dark = false)
    {
        var paper = Markup.Of($"<rect width=\"100%\" height=\"100%\" fill=\"{Palette.ColorTable(dark)["paper"]}\"/>");
        return Markup.Of($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ml\" viewBox=\"0 0 {scene.Width:0.##} {scene.Height:0.##}\" "
            + $"width=\"{width:0.##}\" height=\"{width * scene.Height / scene.Width:0.##}\"><title>{scene.Label}</title>"
            + $"<style>{new Markup(StyleSheet.Fixed(dark))}</style>{paper}{Marks(scene.Marks)}</svg>");
    }

    /// <summary>
    /// The picture as an image that carries its own style. A front end that does not trust a notebook removes SVG and style sheets from it and keeps
    /// images; the script of figures puts the drawing back where it runs.
    /// </summary>
    public static Markup Image(Scene scene) =>
        Markup.Of($"<img class=\"ml\" data-svg alt=\"{scene.Label}\" "
            + $"src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(Write(scene).Html))}\">");

    /// <summary>Marks, those of a part in a group of its name.</summary>
    public static Markup Marks(IEnumerable<Mark> marks)
    {
        var (text, part) = (new StringBuilder(), "");
        foreach (var mark in marks)
        {
            if (mark.Part != part)
                text.Append(part.Length > 0 ? "</g>" : "").Append(mark.Part.Length > 0 ? $"<g class=\"{part = mark.Part}\">" : part = "");
            text.Append(Write(mark).Html);
        }
        return new Markup(text.Append(part.Length > 0 ? "</g>" : "").ToString());
    }

    /// <summary>The points of a path as its <c>d</c>.</summary>
    public static string Data(PathMark path) => string.Concat(path.Strokes.Select(s => Data(s) + (path.Closed ? "Z" : "")));

    public static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Data(IReadOnlyList<(double X, double Y)> points) => "M" + string.Join('L', points.Select(p => $"{N(p.X)} {N(p.Y)}"));

    private static Markup Write(Mark mark) => mark switch
    {
        TextMark t => Markup.Of($"<text x=\"{t.X:0.#}\" y=\"{t.Y:0.#}\" class=\"{t.Classes}\" text-anchor=\"{t.Anchor}\">{t.Text}</text>"),
        LineMark l => Markup.Of($"<line x1=\"{l.X1:0.#}\" y1=\"{l.Y1:0.#}\" x2=\"{l.X2:0.#}\" y2=\"{l.Y2:0.#}\" class=\"{l.Classes}\"/>"),
        DotMark d => Markup.Of($"<circle cx=\"{d.X:0.#}\" cy=\"{d.Y:0.#}\" r=\"{d.Radius:0.#}\" class=\"{d.Classes}\"/>"),
        RectMark r => Shape("rect", Markup.Of($"x=\"{r.X:0.#}\" y=\"{r.Y:0.#}\" width=\"{r.Width:0.##}\" height=\"{r.Height:0.##}\"{Own(r)}"), r),
        PathMark p => Shape("path", Markup.Of($"d=\"{Data(p)}\""), p),
        _ => throw new NotSupportedException(mark.GetType().Name),
    };

    private static Markup Shape(string name, Markup geometry, Mark mark)
    {
        var opacity = mark.Opacity < 1 ? Markup.Of($" opacity=\"{mark.Opacity:0.##}\"") : null;
        var title = mark.Title is { } t ? Markup.Of($"><title>{t}</title></{name}>") : new Markup("/>");
        return Markup.Of($"<{name} {geometry} class=\"{mark.Classes}\"{opacity}{title}");
    }

    private static Markup? Own(RectMark rect) =>
        rect.Fill is null && rect.Radius == 0 ? null : Markup.Of($" rx=\"{rect.Radius:0.#}\" fill=\"{rect.Fill}\"");
}
