using MoELab.Plugins;

namespace MoELab.Data;

/// <summary>
/// Plain text: a file is a document; one above 64 Ki characters is cut at blank lines (or line ends) into documents of about 16 Ki,
/// so that a single large file can be shuffled and held out in part.
/// </summary>
[Plugin("text", "plain UTF-8 text, one document per file")]
public sealed class PlainTextReader : ICorpusReader
{
    private const int Largest = 1 << 16;
    private const int Piece = 1 << 14;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".txt", ".md", ".text"];

    /// <inheritdoc/>
    public IEnumerable<string> Read(string path)
    {
        var text = Utf8Text.Read(path);
        if (text.Length <= Largest)
            return [text];
        return Cut(text);
    }

    private static IEnumerable<string> Cut(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = Math.Min(text.Length, at + Piece);
            if (end < text.Length)
            {
                var blank = text.IndexOf("\n\n", end, Math.Min(Piece, text.Length - end), StringComparison.Ordinal);
                var line = text.IndexOf('\n', end);
                end = blank >= 0 ? blank + 2 : line >= 0 && line < end + Piece ? line + 1 : end;
                if (end < text.Length && char.IsLowSurrogate(text[end]))
                    end++;
            }
            yield return text[at..end];
            at = end;
        }
    }
}
