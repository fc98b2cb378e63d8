using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Compiles the patterns of a file for .NET.</summary>
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
        regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, PatternSplit.TimeLimit);
        // Compiling is slow enough to cache the result, and there are few different patterns.
        if (Ready.Count < Kept)
            Ready.TryAdd(pattern, regex);
        return regex;
    }
}
