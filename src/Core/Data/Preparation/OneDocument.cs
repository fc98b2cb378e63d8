namespace MoELab.Data.Preparation;

/// <summary>A domain that is one short document: its last tenth is held out.</summary>
internal static class OneDocument
{
    public static (List<SplitUnit> Training, List<SplitUnit> HeldOut) Cut(DocumentPiece piece)
    {
        var text = piece.Text;
        var at = Math.Max(1, (int)(text.Length * 0.9));
        var line = text.IndexOf('\n', at);
        if (line >= 0 && line < text.Length - 1)
            at = line + 1;
        else if (at < text.Length && char.IsLowSurrogate(text[at]))
            at--;
        return at <= 0 || at >= text.Length ? ([new SplitUnit([piece])], []) : ([Part(piece, text[..at])], [Part(piece, text[at..])]);
    }

    private static SplitUnit Part(DocumentPiece piece, string text) =>
        new([piece with { Text = text, Bytes = System.Text.Encoding.UTF8.GetByteCount(text) }]);
}
