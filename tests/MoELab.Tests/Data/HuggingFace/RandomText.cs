namespace MoELab.Tests.Data.HuggingFace;

/// <summary>Seeded texts that tokenizers find hard.</summary>
internal sealed class RandomText(int seed)
{
    // Characters of Unicode 11 and before: Hugging Face's tables of normalization and punctuation are that old.
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x20, 0x7E), (0x0, 0x1F), (0x7F, 0xA0), (0xA1, 0x17F), (0x300, 0x345), (0x391, 0x3C9), (0x410, 0x44F), (0x5D0, 0x5EA), (0x627, 0x64A), (0x905, 0x94D),
        (0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2), (0x1E00, 0x1EFF), (0x2000, 0x200F), (0x2028, 0x2029), (0x2010, 0x2027), (0x2070, 0x2071), (0x20AC, 0x20AC),
        (0x2160, 0x2188), (0x24B6, 0x24E9), (0x2190, 0x21FF), (0x3000, 0x3003), (0x3041, 0x3096), (0x4E00, 0x4E80), (0xAC00, 0xAC60), (0xF900, 0xFA0D), (0xFB00, 0xFB06),
        (0xFE0F, 0xFE0F), (0xFF01, 0xFF5E), (0xFFFD, 0xFFFD), (0x10400, 0x1044F), (0x1D400, 0x1D454), (0x1D7CE, 0x1D7FF), (0x1F130, 0x1F149), (0x1F1E6, 0x1F1FF),
        (0x1F3FB, 0x1F3FF), (0x1F600, 0x1F64F), (0x20000, 0x20040),
    ];

    private static readonly string[] Words =
    [
        "the", "The", "token", "tokens", "hello", "HELLO", "don't", "I'M", "we'll", "it'S", "y'all've", "x'\u017F", "İstanbul", "straße", "naïve", "cafe\u0301", "ﬁne",
        "日本語", "데이터", "мир", "ΣΊΣΥΦΟΣ", "👩‍👩‍👧", "🇩🇪", "❤️", "<|endoftex", "<s", "https://a.b/c?d=e", "0x1F", "3.14", "1234567", "½²", "𝔘𝔫𝔦", "\u200B", "a_b", "foo(bar)",
    ];

    private readonly Random _random = new(seed);

    /// <param name="any">Any code point that UTF-8 can hold, and surrogates without a partner; else characters that are old.</param>
    public string Next(bool any)
    {
        var text = new StringBuilder();
        for (var parts = _random.Next(1, 14); parts > 0; parts--)
        {
            switch (_random.Next(any ? 9 : 7))
            {
                case 0:
                    text.Append(Words[_random.Next(Words.Length)]);
                    break;
                case 1:
                    text.Append(' ');
                    break;
                case 2:
                    text.Append(" \n\r\t\u00A0\u3000"[_random.Next(6)], _random.Next(1, 5));
                    break;
                case 3:
                    text.Append(_random.Next(100_000).ToString(CultureInfo.InvariantCulture));
                    break;
                case 4:
                    text.Append(Old(), _random.Next(1, 7));
                    break;
                case 5:
                    for (var i = _random.Next(1, 9); i > 0; i--)
                        text.Append((char)_random.Next('a', 'i'));
                    break;
                case 6:
                    for (var i = _random.Next(1, 5); i > 0; i--)
                        text.Append(Old(), 1);
                    break;
                case 7:
                    text.Append(char.ConvertFromUtf32(_random.Next(0x110000) is var c && c is >= 0xD800 and < 0xE000 ? 'x' : c));
                    break;
                default:
                    text.Append((char)_random.Next(0xD800, 0xE000));
                    break;
            }
        }
        return text.ToString();
    }

    public string[] Many(int count, bool any) => [.. Enumerable.Range(0, count).Select(_ => Next(any))];

    private string Old()
    {
        var (first, last) = Blocks[_random.Next(Blocks.Length)];
        return char.ConvertFromUtf32(_random.Next(first, last + 1));
    }
}

internal static class RepeatedText
{
    public static StringBuilder Append(this StringBuilder builder, string text, int count)
    {
        for (; count > 0; count--)
            builder.Append(text);
        return builder;
    }
}
