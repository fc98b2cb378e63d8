namespace MoELab.Views;

/// <summary>An object first and a picture second: data that can be saved as CSV, and a static picture drawn from the same data.</summary>
[TypeFormatterSource(typeof(NotebookFormatterSource),
    PreferredMimeTypes = [NotebookFormatterSource.Html, NotebookFormatterSource.Svg, NotebookFormatterSource.Text])]
public abstract class View : INotebookValue
{
    /// <summary>What the view is called above its picture.</summary>
    public abstract string Title { get; }

    /// <summary>The data that the picture is drawn from.</summary>
    public abstract ViewTable Data { get; }

    /// <summary>The static picture.</summary>
    public abstract Scene Scene { get; }

    /// <summary>The picture as a stand-alone SVG document that follows the reader's light or dark setting.</summary>
    public string ToSvg() => SvgWriter.Write(Scene).Html;

    /// <summary>Writes <see cref="ToSvg"/> to a file.</summary>
    public void SaveSvg(string path) => File.WriteAllText(path, ToSvg(), new UTF8Encoding(false));

    /// <summary>Writes the static picture to a file as PNG.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="width">Pixels; null takes the picture's own width times <paramref name="scale"/>.</param>
    /// <param name="scale">Pixels per unit of the picture where no width is given.</param>
    /// <param name="dark">In the colours of a dark page.</param>
    public void SavePng(string path, int? width = null, double scale = 2, bool dark = false)
    {
        if (width is < 1 or > 20_000 || !(scale is > 0 and <= 20))
            throw new InputException($"png: width {width}, scale {scale}; expected a width of 1 to 20,000 pixels or a scale above 0 and up to 20");
        File.WriteAllBytes(path, PngWriter.Write(Scene, width, scale, dark));
    }

    /// <summary>Writes <see cref="Data"/> to a file as CSV.</summary>
    public void SaveCsv(string path) => Data.SaveCsv(path);

    /// <summary>The picture for a page or an output that has the style and the script of figures, which bring it to life where they can.</summary>
    /// <param name="page">What the page is.</param>
    internal virtual Markup Html(FigurePage page) => Markup.Of($"<figure>{SvgWriter.Write(Scene, page)}</figure>");

    string? INotebookValue.As(string mimeType) => mimeType switch
    {
        NotebookFormatterSource.Html => NotebookOutput.NotebookHtml(this),
        NotebookFormatterSource.Svg => ToSvg(),
        NotebookFormatterSource.Text => NotebookOutput.Plain(this),
        _ => null,
    };
}
