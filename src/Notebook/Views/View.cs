using System.Text;

namespace MoELab.Views;

/// <summary>An object first and a picture second: data that can be saved as CSV, and a static SVG drawn from the same data.</summary>
[TypeFormatterSource(typeof(NotebookFormatterSource), PreferredMimeTypes = [NotebookFormatterSource.Html, NotebookFormatterSource.Svg, NotebookFormatterSource.Text])]
public abstract class View
{
    /// <summary>What the view is called above its picture.</summary>
    public abstract string Title { get; }

    /// <summary>The data that the picture is drawn from.</summary>
    public abstract ViewTable Data { get; }

    /// <summary>A stand-alone SVG document that follows the reader's light or dark setting.</summary>
    public abstract string ToSvg();

    /// <summary>Writes <see cref="ToSvg"/> to a file.</summary>
    public void SaveSvg(string path) => File.WriteAllText(path, ToSvg(), new UTF8Encoding(false));

    /// <summary>Writes <see cref="Data"/> to a file as CSV.</summary>
    public void SaveCsv(string path) => File.WriteAllText(path, Data.ToCsv(), new UTF8Encoding(false));
}
