namespace MoELab.Query;

/// <summary>A query that cannot be understood or carried out.</summary>
public sealed class QueryException : InputException
{
    internal QueryException(string sentence, int line, int column, Exception inner) : base(sentence, inner) => (Line, Column) = (line, column);

    /// <summary>Line of the query, from 1; 0 where none is known.</summary>
    public int Line { get; }

    /// <summary>Column of the line, from 0; -1 where none is known.</summary>
    public int Column { get; }

    /// <summary>DuckDB's message as one sentence with its place.</summary>
    internal static QueryException Of(Exception e)
    {
        var lines = e.Message.ReplaceLineEndings("\n").Split('\n');
        var (line, column) = (0, -1);
        var parts = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("LINE ", StringComparison.Ordinal) && lines[i].IndexOf(':', StringComparison.Ordinal) is var colon and > 0
                && int.TryParse(lines[i].AsSpan(5, colon - 5), out var number))
            {
                line = number;
                // A long line is shown from its middle on, and then the caret does not show the column.
                if (i + 1 < lines.Length && !lines[i].AsSpan(colon + 2).StartsWith("..."))
                    column = lines[i + 1].IndexOf('^', StringComparison.Ordinal) - colon - 2;
                i++;
            }
            else if (!string.IsNullOrWhiteSpace(lines[i]))
                parts.Add(lines[i].Trim().TrimEnd('!', '.'));
        }
        var sentence = string.Join("; ", parts.Take(3));
        var kind = sentence.IndexOf(" Error: ", StringComparison.Ordinal);
        if (kind is > 0 and < 30)
            sentence = sentence[(kind + 8)..];
        return new QueryException(sentence, line, column, e);
    }
}
