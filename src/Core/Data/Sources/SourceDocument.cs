namespace MoELab.Data.Sources;

/// <summary>
/// A file, row or page of a source, in the pieces that training reads as documents. Pieces of one document are on one side
/// of the split.
/// </summary>
/// <param name="Pieces">The pieces in order; joined, they are the document.</param>
internal sealed record SourceDocument(IReadOnlyList<string> Pieces)
{
    /// <summary>Creates a document, cut into pieces if it is longer than <paramref name="largest"/> characters.</summary>
    public static SourceDocument Cut(string text, int largest, int piece) =>
        new(text.Length <= largest ? [text] : [.. Cut(text, piece)]);

    /// <summary>Cuts at the first blank line after this many characters, otherwise at the first line end, otherwise right there.</summary>
    private static IEnumerable<string> Cut(string text, int piece)
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
