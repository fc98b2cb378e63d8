using MoELab.Recipes.Options;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Views.Comparisons;
using MoELab.Views.Tables;

namespace MoELab.Views.Html;

/// <summary>Makes the formatters of this library's types; found by name, see <see cref="TypeFormatterSourceAttribute"/>.</summary>
internal sealed class NotebookFormatterSource
{
    internal const string Html = "text/html", Svg = "image/svg+xml", Text = "text/plain";

    /// <summary>One formatter for each form.</summary>
    public IEnumerable<object> CreateTypeFormatters() => [new NotebookFormatter(Html), new NotebookFormatter(Svg), new NotebookFormatter(Text)];

    /// <summary>A value in a form; null where it has none.</summary>
    public static string? Format(object value, string form) => (value, form) switch
    {
        (View view, Html) => NotebookOutput.NotebookHtml(view),
        (View view, Svg) => view.ToSvg(),
        (View view, Text) => NotebookOutput.Plain(view),
        (ViewTable table, Html) => NotebookOutput.NotebookHtml("", table),
        (ViewTable table, Text) => table.ToText(),
        (Comparison comparison, Html) => NotebookOutput.NotebookHtml(string.Join(" / ", comparison.Names), comparison.Table, comparison.Statement()),
        (Comparison comparison, Text) => comparison.Statement() + "\n" + comparison.Table.ToText(),
        _ => null,
    };
}

/// <summary>Formats values in one form; found by name, see <see cref="TypeFormatterSourceAttribute"/>.</summary>
/// <param name="mimeType">The form.</param>
internal sealed class NotebookFormatter(string mimeType)
{
    /// <summary>The form.</summary>
    public string MimeType { get; } = mimeType;

    /// <summary>Writes a value; false where it has no such form.</summary>
    public bool Format(object value, TextWriter writer)
    {
        if (NotebookFormatterSource.Format(value, MimeType) is not { } text)
            return false;
        writer.Write(text);
        return true;
    }
}
