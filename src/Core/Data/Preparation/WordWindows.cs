namespace MoELab.Data.Preparation;

/// <summary>
/// Hashes of every window of 25 words, so that a passage shared by two texts is found at any position and with any indentation.
/// A word is a run of at most 16 letters and digits, ignoring case, or one other character that is not white space; letters from Thai on
/// (U+0E00) that have no case count one by one, because those scripts write without spaces. A text of fewer words is one window.
/// </summary>
internal static class WordWindows
{
    /// <summary>Number of words in a window: about 50 tokens of <c>bpe-512</c>.</summary>
    public const int Words = 25;
    private const int MaxWordLength = 16;
    private const ulong Base = 0x9E3779B97F4A7C15;
    private static readonly ulong Oldest = Enumerable.Repeat(Base, Words).Aggregate((a, b) => a * b);

    /// <summary>The text's hashes in order; the same on every machine.</summary>
    public static IEnumerable<ulong> Of(string text)
    {
        var window = new ulong[Words];
        var (rolling, count) = (0UL, 0L);
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }
            var word = Step(0xCBF29CE484222325, text[at]);
            if (InWord(text[at++]))
            {
                for (var end = Math.Min(text.Length, at + MaxWordLength - 1); at < end && InWord(text[at]); at++)
                    word = Step(word, text[at]);
            }
            word = NearDuplicates.Mix(word);
            var place = (int)(count++ % Words);
            rolling = (rolling * Base) + word - (Oldest * window[place]);
            window[place] = word;
            if (count >= Words)
                yield return NearDuplicates.Mix(rolling);
        }
        if (count is > 0 and < Words)
            yield return NearDuplicates.Mix(rolling + (ulong)count);
    }

    private static bool InWord(char c) =>
        char.IsLetterOrDigit(c) && (c < '\u0E00' || char.GetUnicodeCategory(c) != UnicodeCategory.OtherLetter);

    private static ulong Step(ulong hash, char c) => (hash ^ char.ToLowerInvariant(c)) * 0x100000001B3;
}
