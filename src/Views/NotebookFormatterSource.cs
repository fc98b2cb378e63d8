namespace MoELab.Views;

/// <summary>Makes the formatters of this library's types; found by name, see <see cref="TypeFormatterSourceAttribute"/>.</summary>
internal sealed class NotebookFormatterSource
{
    internal const string Html = "text/html", Svg = "image/svg+xml", Text = "text/plain";

    /// <summary>One formatter for each form.</summary>
    public IEnumerable<object> CreateTypeFormatters() => [new NotebookFormatter(Html), new NotebookFormatter(Svg), new NotebookFormatter(Text)];
}

/// <summary>Formats values in one form; found by name, see <see cref="TypeFormatterSourceAttribute"/>.</summary>
internal sealed class NotebookFormatter(string mimeType)
{
    public string MimeType { get; } = mimeType;

    /// <summary>Writes a value; false where it has no such form.</summary>
    public bool Format(object value, TextWriter writer)
    {
        if ((value as INotebookValue)?.As(MimeType) is not { } text)
            return false;
        writer.Write(text);
        return true;
    }
}
