using System.Text.RegularExpressions;

namespace MoELab.Cells.Session;

/// <summary>A part of a cell under one magic, or under none.</summary>
/// <param name="Magic">The name without its marker; null if the cell's own language continues.</param>
/// <param name="Arguments">The words after the name, quotes removed.</param>
/// <param name="Start">Offset of the body in the cell.</param>
/// <param name="Body">The lines below the magic's.</param>
/// <param name="Line">Line of the cell before the body, from 1: the magic's; 0 if the body starts the cell.</param>
internal sealed partial record CellSegment(string? Magic, IReadOnlyList<string> Arguments, int Start, string Body, int Line)
{
    /// <summary>Line of the cell on which the body begins, from 1.</summary>
    public int FirstLine => Line + 1;

    /// <summary>
    /// Splits a cell at its magic lines. A magic with a body has the lines up to the next magic; after one without, the body of the magic
    /// before it continues, or the default language if there is none.
    /// </summary>
    public static IReadOnlyList<CellSegment> Split(string code, Func<string, string> canonical, Func<string, bool> takesBody)
    {
        var segments = new List<CellSegment>();
        var (magic, arguments, magicLine, open) = ((string?)null, (IReadOnlyList<string>)[], 0, false);
        var (start, position, line, bodyLine) = (0, 0, 1, 1);

        void Close(int end, bool last)
        {
            var blank = string.IsNullOrWhiteSpace(code[start..end]);
            if (blank && !(open && last))
                return;
            segments.Add(new CellSegment(magic, arguments, start, code[start..end], magic is null || !open ? bodyLine - 1 : magicLine));
            open = false;
        }

        while (position < code.Length)
        {
            var end = code.IndexOf('\n', position) is var found and >= 0 ? found + 1 : code.Length;
            var text = code.AsSpan(position, end - position).Trim();
            if (text.StartsWith("#!"))
            {
                var words = Words(text[2..].ToString());
                var name = words.Count > 0 ? canonical(words[0]) : "";
                var hasBody = takesBody(name);
                Close(position, hasBody);
                if (hasBody)
                    (magic, arguments, magicLine, open) = (name, [.. words.Skip(1)], line, true);
                else
                    segments.Add(new CellSegment(name, [.. words.Skip(1)], end, "", line));
                (start, bodyLine) = (end, line + 1);
            }
            (position, line) = (end, line + 1);
        }
        Close(code.Length, last: true);
        return segments;
    }

    /// <summary>Words of a magic's line; double or single quotes enclose a word with spaces.</summary>
    public static IReadOnlyList<string> Words(string text) => [.. Word().Matches(text).Select(m => Quoted().Replace(m.Value, "$1$2"))];

    // A quote that is not closed encloses the rest of the line.
    [GeneratedRegex("""(?:"[^"]*"?|'[^']*'?|[^\s"'])+""")]
    private static partial Regex Word();

    [GeneratedRegex("""
        "([^"]*)"?|'([^']*)'?
        """)]
    private static partial Regex Quoted();
}
