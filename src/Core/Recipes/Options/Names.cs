using System.Text.Json;

namespace MoELab.Recipes.Options;

/// <summary>Spelling of names: snake_case keys, and the nearest known name to a mistyped one.</summary>
public static class Names
{
    /// <summary>Turns <c>ActiveExperts</c> into <c>active_experts</c>.</summary>
    public static string Snake(string pascal) => JsonNamingPolicy.SnakeCaseLower.ConvertName(pascal);

    /// <summary>The known name with the smallest edit distance, or null when none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        var best = known.Select(k => (Name: k, Distance: Distance(name, k))).OrderBy(x => x.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, name.Length / 2) ? best.Name : null;
    }

    /// <summary>A sentence part such as <c>; did you mean 'smebu'?</c>, or the list of names when none is near.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known) =>
        Nearest(name, known) is { } near ? $"; did you mean '{near}'?" : $"; known: {string.Join(", ", known.Order(StringComparer.Ordinal))}";

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(change, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.Length];
    }
}
