using System.Text.RegularExpressions;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>
/// Translates a pattern of Oniguruma, which Hugging Face's tokenizers use, to a .NET pattern that matches the same text. Anything that means
/// something else in .NET, or nothing, is rejected.
/// </summary>
internal sealed partial class OnigurumaPattern(string pattern)
{
    /// <summary>Maximum number of characters in a pattern.</summary>
    public const int MaxLength = 10_000;

    private const int MaxDepth = 50, MaxRepeat = 10_000;
    private static readonly string[] Kinds = ["?:", "?=", "?!", "?<=", "?<!", "?>", "?i:", "?-i:"];
    private readonly StringBuilder _out = new();
    private int _at;
    private bool _ignoreCase;

    /// <exception cref="FormatException">The pattern cannot be expressed in .NET; the message says which part.</exception>
    public static string Translate(string pattern)
    {
        if (pattern.Length > MaxLength)
            throw new FormatException($"it has {pattern.Length} characters; at most {MaxLength} are allowed");
        if (pattern.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
            throw new FormatException("characters above U+FFFF in a pattern are not supported");
        var translation = new OnigurumaPattern(pattern);
        translation.Alternatives(0);
        if (translation._at < pattern.Length)
            throw new FormatException($"the ')' at {translation._at} has no matching '('");
        return translation._out.ToString();
    }

    private bool More => _at < pattern.Length;

    private char Here => pattern[_at];

    private bool Takes(string text)
    {
        if (string.CompareOrdinal(pattern, _at, text, 0, text.Length) != 0)
            return false;
        _at += text.Length;
        return true;
    }

    private char Next() => More ? pattern[_at++] : throw new FormatException("it ends too early");

    private void Alternatives(int depth)
    {
        if (depth > MaxDepth)
            throw new FormatException($"groups are nested deeper than {MaxDepth}");
        var first = _at;
        while (More && Here != ')')
        {
            if (Takes("|"))
            {
                _out.Append('|');
                continue;
            }
            var start = _out.Length;
            Atom(depth, first == _at);
            Repeats(start);
        }
    }

    private void Atom(int depth, bool first)
    {
        var c = Next();
        if (c == '[')
            Class();
        else if (c == '(')
            Group(depth, first);
        else
            _out.Append(c switch
            {
                '\\' => Escape(false).Text,
                '.' => ".",
                // In Oniguruma's own syntax these always mean lines.
                '^' => @"(?:\A|(?<=\n)(?!\z))",
                '$' => @"(?=\n|\z)",
                '*' or '+' or '?' => throw new FormatException($"there is nothing to repeat before '{c}'"),
                _ => Literal(c),
            });
    }

    private void Group(int depth, bool first)
    {
        var before = _ignoreCase;
        if (Takes("?i)"))
        {
            // Elsewhere, Oniguruma would also apply the option to the alternatives that follow.
            if (!first)
                throw new FormatException("'(?i)' is supported only at the start; use '(?i:...)'");
            _ignoreCase = true;
            _out.Append("(?i)");
            return;
        }
        var kind = Kinds.FirstOrDefault(Takes);
        if (kind is null && More && Here == '?')
            throw new FormatException($"the group at {_at - 1} is of an unsupported kind");
        var opening = "(" + (kind ?? "?:");
        _ignoreCase = opening == "(?i:" || (opening != "(?-i:" && _ignoreCase);
        _out.Append(opening);
        Alternatives(depth + 1);
        if (!Takes(")"))
            throw new FormatException("a '(' is not closed");
        _out.Append(')');
        _ignoreCase = before;
    }

    // A quantifier may itself be repeated; '+' after *, + or ? is possessive, after braces another quantifier.
    private void Repeats(int start)
    {
        for (var repeated = false; ; repeated = true)
        {
            string repeat;
            var braces = false;
            if (Takes("*") || Takes("+") || Takes("?"))
                repeat = pattern[_at - 1].ToString();
            else if (Braces() is { } counted)
                (repeat, braces) = (counted, true);
            else
                return;
            if (repeated)
                _out.Insert(start, "(?:").Append(')');
            _out.Append(repeat);
            if (braces && More && Here == '?')
                throw new FormatException("'{...}?' is not supported");
            if (!braces && Takes("+"))
                _out.Insert(start, "(?>").Append(')');
            else if (!braces && Takes("?"))
                _out.Append('?');
        }
    }

    private string? Braces()
    {
        var match = Regex.Match(pattern[_at..Math.Min(pattern.Length, _at + 16)], @"^\{(\d*)(,?)(\d*)\}", RegexOptions.CultureInvariant);
        if (!match.Success || match.Length == 2)
            return null;
        if (match.Groups[1].Length == 0)
            throw new FormatException($"'{match.Value}' has no lower bound");
        var (least, most) = (Number(match.Groups[1].Value), match.Groups[3].Length == 0 ? MaxRepeat : Number(match.Groups[3].Value));
        if (least > most || most > MaxRepeat)
            throw new FormatException($"'{match.Value}' is not a range up to {MaxRepeat}");
        _at += match.Length;
        return match.Value;
    }

    private static int Number(string digits) => digits.Length > 6 ? int.MaxValue : int.Parse(digits, CultureInfo.InvariantCulture);
}
