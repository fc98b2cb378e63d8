using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace MoELab.Data;

/// <summary>Patterns of a file, made ready for .NET.</summary>
internal static class PatternReader
{
    private const int Kept = 64;
    private static readonly ConcurrentDictionary<string, Regex> Ready = new(StringComparer.Ordinal);

    /// <summary>A pattern in Oniguruma's syntax.</summary>
    public static Regex Compile(JsonPart json)
    {
        try
        {
            return Compile(OnigurumaPattern.Translate(json.Text()));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw json.Error($"'{json.Text()}' cannot be used as a pattern: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>A pattern in .NET's syntax.</summary>
    public static Regex Compile(string pattern)
    {
        if (Ready.TryGetValue(pattern, out var regex))
            return regex;
        regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, PatternSplit.Patience);
        // Compiling takes long enough to be worth keeping, and files share few patterns.
        if (Ready.Count < Kept)
            Ready.TryAdd(pattern, regex);
        return regex;
    }
}
