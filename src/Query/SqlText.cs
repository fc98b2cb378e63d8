using System.Text.RegularExpressions;

namespace MoELab.Query;

/// <summary>SQL as text: what a query names, without understanding it.</summary>
internal static partial class SqlText
{
    private const string Expected = "expected a single statement that begins with select, with, from, values, table, pivot, unpivot or summarize";

    private static readonly string[] Questions = ["select", "with", "from", "values", "table", "pivot", "unpivot", "summarize"];

    private static readonly string[] Changes =
    [
        "alter", "analyze", "attach", "begin", "call", "checkpoint", "comment", "commit", "copy", "create", "deallocate", "delete", "describe", "detach",
        "drop", "execute", "explain", "export", "import", "insert", "install", "load", "merge", "pragma", "prepare", "reset", "rollback", "set", "show",
        "truncate", "update", "use", "vacuum",
    ];

    /// <summary>A name as SQL writes it: with quotes where it needs them.</summary>
    public static string Name(string name) => Plain().IsMatch(name) ? name : Quote(name);

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text as SQL writes it.</summary>
    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Every word outside strings and comments, in any case.</summary>
    public static HashSet<string> Words(string sql) => Word().Matches(Bare(sql)).Select(m => m.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of <c>$name</c>, each once.</summary>
    public static IEnumerable<string> Parameters(string sql) =>
        Parameter().Matches(Bare(sql)).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal);

    /// <summary>Why it is not a single statement that changes nothing; null if it is.</summary>
    public static string? Refusal(string sql)
    {
        var bare = Bare(sql).Trim().TrimEnd(';').TrimEnd();
        if (bare.Length == 0)
            return "the query is empty; expected a question, such as 'select run, loss from runs'";
        if (bare.Contains(';', StringComparison.Ordinal))
            return $"several statements; {Expected}";
        if (Asks().IsMatch(bare))
            return null;
        var first = Word().Match(bare) is { Success: true, Index: 0 } word ? word.Value : bare[..1];
        return Changes.Contains(first, StringComparer.OrdinalIgnoreCase) ? $"'{first}': queries here only read; {Expected}"
            : $"unknown statement '{first}'"
                + (Names.Nearest(first.ToLowerInvariant(), Questions) is { } near ? $"; did you mean '{near}'?" : $"; {Expected}");
    }

    /// <summary>Whether it is a single statement that changes nothing.</summary>
    public static bool IsOneQuestion(string sql) => Refusal(sql) is null;

    // Strings and comments blanked, so that what looks like a name in them is none.
    private static string Bare(string sql) => Strings().Replace(sql, m => new string(' ', m.Length));

    [GeneratedRegex("'(?:[^']|'')*'|--[^\n]*|/\\*.*?\\*/", RegexOptions.Singleline)]
    private static partial Regex Strings();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\$([A-Za-z_][A-Za-z0-9_]*)")]
    private static partial Regex Parameter();

    [GeneratedRegex("^[a-z_][a-z0-9_]*$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^\(*\s*(select|with|from|values|table|pivot|unpivot|summarize|\()\b", RegexOptions.IgnoreCase)]
    private static partial Regex Asks();
}
