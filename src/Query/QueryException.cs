using System.Text.RegularExpressions;

namespace MoELab.Query;

/// <summary>A query that cannot be understood or carried out.</summary>
public sealed partial class QueryException : InputException
{
    private const int MostListed = 40;

    internal QueryException(string sentence, int line, int column, Exception inner) : base(sentence, inner) => (Line, Column) = (line, column);

    /// <summary>Line of the query, from 1; 0 where none is known.</summary>
    public int Line { get; }

    /// <summary>Column of the line, from 0; -1 where none is known.</summary>
    public int Column { get; }

    /// <summary>DuckDB's message as one sentence with its place; names that it does not know are looked for among those of the tables.</summary>
    internal static QueryException Of(Exception e, IReadOnlyDictionary<string, IReadOnlyList<(string Name, string Type)>> tables)
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
        return new QueryException(Unknown(sentence, tables) ?? sentence, line, column, e);
    }

    // What DuckDB suggests may be names of its own that nobody has seen.
    private static string? Unknown(string sentence, IReadOnlyDictionary<string, IReadOnlyList<(string Name, string Type)>> tables)
    {
        if (UnknownTable().Match(sentence) is { Success: true } table)
            return $"no table '{table.Groups[1].Value}'{Hint(table.Groups[1].Value, [.. tables.Keys])}";
        if (UnknownColumn().Match(sentence) is not { Success: true } column)
            return null;
        var (name, known) = (column.Groups[1].Value, tables.Values.SelectMany(t => t.Select(c => c.Name)).Distinct(StringComparer.Ordinal).ToArray());
        return $"no column '{name}'{Hint(name, known)}";
    }

    // Metrics have a group before their own name, which is what one remembers.
    private static string Hint(string name, IReadOnlyList<string> known)
    {
        if (Names.Nearest(name, known) is null && name.Length > 2
            && known.Where(k => k.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(5).ToArray() is { Length: > 0 } longer)
            return $"; did you mean {string.Join(" or ", longer.Select(l => $"'{l}'"))}?";
        return known.Count <= MostListed || Names.Nearest(name, known) is not null ? Names.Hint(name, known)
            : $"; known: {string.Join(", ", known.Take(MostListed))} and {known.Count - MostListed} more";
    }

    [GeneratedRegex("^Table with name \"?([^\" ]+)\"? does not exist")]
    private static partial Regex UnknownTable();

    [GeneratedRegex("^(?:Referenced column|Table \".*\" does not have a column named) \"(.+?)\"")]
    private static partial Regex UnknownColumn();
}
