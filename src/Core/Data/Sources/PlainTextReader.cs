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
        return text.Length <= Largest ? [text] : Cut(text, Piece);
    }

    /// <summary>Cuts at the first blank line after so many characters, else at the first line end, else there.</summary>
    internal static IEnumerable<string> Cut(string text, int piece)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = Math.Min(text.Length, at + piece);
            if (end < text.Length)
            {
                var reach = Math.Min(piece, text.Length - end);
                var blank = text.IndexOf("\n\n", end, reach, StringComparison.Ordinal);
                var line = text.IndexOf('\n', end, reach);
                end = blank >= 0 ? blank + 2 : line >= 0 ? line + 1 : end;
                if (end < text.Length && char.IsLowSurrogate(text[end]))
                    end++;
            }
            yield return text[at..end];
            at = end;
        }
    }
}
