using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Single characters, escapes and classes of a pattern.</summary>
internal sealed partial class OnigurumaPattern
{
    private static readonly HashSet<string> Categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
    ];

    // Case folding makes the long s an s, which .NET's does not.
    private string Literal(char c) => _ignoreCase && c is 's' or 'S' ? @"[sS\u017F]" : Quoted(c);

    private static string Quoted(char c) => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $@"\u{(int)c:X4}";

    /// <returns>The text, and the character if it is a single one.</returns>
    private (string Text, char? Character) Escape(bool inClass)
    {
        var c = Next();
        const string Word = UnicodeText.Word;
        var text = c switch
        {
            'd' or 'D' or 's' or 'S' => $@"\{c}",
            'h' => inClass ? "0-9a-fA-F" : "[0-9a-fA-F]",
            'w' => inClass ? Word : $"[{Word}]",
            'W' when !inClass => $"[^{Word}]",
            'b' when !inClass => $"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))",
            'B' when !inClass => $"(?:(?<=[{Word}])(?=[{Word}])|(?<![{Word}])(?![{Word}]))",
            'A' or 'z' or 'Z' when !inClass => $@"\{c}",
            'p' or 'P' => Category(c == 'P'),
            _ => null,
        };
        if (text is not null)
            return (text, null);
        var code = c switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => '\u001B',
            'b' when inClass => '\b',
            'x' => Hexadecimal(),
            'u' => Digits(4),
            _ when !char.IsAsciiLetterOrDigit(c) => c,
            _ => throw new FormatException($@"'\{c}' is not supported"),
        };
        return (inClass ? Quoted(code) : Literal(code), code);
    }

    private string Category(bool not)
    {
        var end = pattern.IndexOf('}', _at);
        if (!Takes("{") || end < 0)
            throw new FormatException(@"'\p' has no name in braces");
        not ^= Takes("^");
        var name = pattern[_at..end];
        _at = end + 1;
        return Categories.Contains(name) ? $@"\{(not ? 'P' : 'p')}{{{name}}}"
            : throw new FormatException($@"'\p{{{name}}}' is not a general category such as L or Nd");
    }

    private char Hexadecimal()
    {
        if (!Takes("{"))
        {
            var code = Digits(2);
            return code < 0x80 ? code : throw new FormatException($@"'\x{(int)code:X2}' is a byte, not a character");
        }
        var end = pattern.IndexOf('}', _at);
        var digits = end < 0 ? "" : pattern[_at..end];
        _at = end + 1;
        return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && value is >= 0 and <= 0xFFFF and not (>= 0xD800 and <= 0xDFFF)
            ? (char)value : throw new FormatException($@"'\x{{{digits}}}' is not a character up to U+FFFF");
    }

    private char Digits(int count) =>
        _at + count <= pattern.Length
            && ushort.TryParse(pattern.AsSpan(_at, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && !char.IsSurrogate((char)value)
            && (_at += count) > 0 ? (char)value : throw new FormatException($"{count} hexadecimal digits of a character are missing");

    private void Class()
    {
        _out.Append(Takes("^") ? "[^" : "[");
        var longS = false;
        if (More && Here == ']')
            throw new FormatException("a class begins with ']'");
        while (!Takes("]"))
        {
            var (text, from) = ClassItem();
            var to = from;
            if (More && Here == '-' && _at + 1 < pattern.Length && pattern[_at + 1] != ']')
            {
                _at++;
                if (from is null || ClassItem() is not { Character: { } last } || last < from)
                    throw new FormatException("a class has a range without two characters in order");
                (text, to) = ($"{text}-{Quoted(last)}", last);
            }
            _out.Append(text);
            longS |= _ignoreCase && from is { } low && to is { } high && ((low <= 's' && high >= 's') || (low <= 'S' && high >= 'S'));
        }
        _out.Append(longS ? @"\u017F]" : "]");
    }

    private (string Text, char? Character) ClassItem()
    {
        var c = Next();
        if (c == '[' || (c == '&' && More && Here == '&'))
            throw new FormatException("nested classes and intersections are not supported");
        return c == '\\' ? Escape(true) : (Quoted(c), c);
    }
}
