using System.Text.RegularExpressions;

namespace MoELab.Query;

/// <summary>SQL as text: what a query names, without understanding it.</summary>
internal static partial class SqlText
{
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

    /// <summary>Whether it is a single statement that changes nothing.</summary>
    public static bool IsOneQuestion(string sql) =>
        Asks().IsMatch(Bare(sql)) && !Bare(sql).TrimEnd().TrimEnd(';').Contains(';', StringComparison.Ordinal);

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

    [GeneratedRegex(@"^\s*(select|with|from|values|table|pivot|unpivot|summarize|\()", RegexOptions.IgnoreCase)]
    private static partial Regex Asks();
}
