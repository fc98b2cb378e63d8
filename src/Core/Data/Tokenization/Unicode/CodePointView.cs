namespace MoELab.Data.Tokenization.Unicode;

/// <summary>
/// A view of a text that .NET's patterns can match by code points: one UTF-16 unit each, with a placeholder of the same category for
/// characters above U+FFFF. Without this, a letter above U+FFFF would be two surrogates and not a letter.
/// </summary>
/// <param name="Units">The text that patterns match.</param>
/// <param name="Starts">The position of each unit in the text; null if it is the unit's index.</param>
internal readonly record struct CodePointView(ReadOnlyMemory<char> Units, int[]? Starts)
{
    public static CodePointView Of(ReadOnlyMemory<char> text)
    {
        if (text.Span.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            return new CodePointView(text, null);
        var units = new char[text.Length];
        var starts = new int[text.Length + 1];
        var (count, at) = (0, 0);
        foreach (var rune in text.Span.EnumerateRunes())
        {
            units[count] = rune.IsBmp ? (char)rune.Value : UnicodeText.StandIn(rune);
            starts[count++] = at;
            at += rune.Utf16SequenceLength;
        }
        starts[count] = at;
        return new CodePointView(units.AsMemory(0, count), starts);
    }

    /// <summary>The position in the text of the unit at this index.</summary>
    public int Start(int unit) => Starts?[unit] ?? unit;
}
