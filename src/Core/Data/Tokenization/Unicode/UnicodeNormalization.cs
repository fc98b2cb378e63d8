using System.Reflection;

namespace MoELab.Data.Tokenization.Unicode;

/// <summary>
/// NFC, NFD, NFKC and NFKD (Unicode Standard Annex 15). .NET's <c>string.Normalize</c> returns its input under
/// <c>InvariantGlobalization</c>, which MoELab and many containers use; this uses its own table.
/// </summary>
internal static class UnicodeNormalization
{
    private const int HangulFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28;
    private static readonly Lazy<Tables> Data = new(Read);

    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="compatible">Whether to use compatibility decompositions too (K).</param>
    /// <param name="compose">Whether to compose again (C).</param>
    public static string Normalize(string text, bool compatible, bool compose)
    {
        // Below U+00A0 nothing changes; below U+0300 everything that composes is already composed.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', compose && !compatible ? '\u02FF' : '\u009F'))
            return text;
        var points = Decompose(text, compatible);
        Order(points);
        if (compose)
            Compose(points);
        return string.Concat(points.Select(p => new Rune(p)));
    }

    private static List<int> Decompose(string text, bool compatible)
    {
        var (tables, points) = (Data.Value, new List<int>(text.Length));
        foreach (var rune in text.EnumerateRunes())
        {
            var index = rune.Value - HangulFirst;
            if (index is >= 0 and < Leads * Vowels * Tails)
            {
                points.Add(LeadFirst + (index / (Vowels * Tails)));
                points.Add(VowelFirst + (index % (Vowels * Tails) / Tails));
                if (index % Tails > 0)
                    points.Add(TailFirst + (index % Tails));
            }
            else if ((compatible && tables.Compatible.TryGetValue(rune.Value, out var parts)) || tables.Canonical.TryGetValue(rune.Value, out parts))
                points.AddRange(parts);
            else
                points.Add(rune.Value);
        }
        return points;
    }

    // Consecutive marks are sorted by class; the order of equal classes is kept.
    private static void Order(List<int> points)
    {
        var classes = Data.Value.Classes;
        for (var start = 0; start < points.Count; start++)
        {
            var end = start;
            while (end < points.Count && classes.ContainsKey(points[end]))
                end++;
            if (end - start > 1)
            {
                var sorted = points.GetRange(start, end - start).OrderBy(p => classes[p]).ToArray();
                for (var i = start; i < end; i++)
                    points[i] = sorted[i - start];
            }
            start = end;
        }
    }

    private static void Compose(List<int> points)
    {
        var classes = Data.Value.Classes;
        var (starter, last, kept) = (-1, 0, 0);
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            var order = classes.GetValueOrDefault(point);
            var blocked = kept > starter + 1 && last >= order;
            if (starter >= 0 && !blocked && Pair(points[starter], point) is { } joined)
            {
                points[starter] = joined;
                continue;
            }
            if (order == 0)
                starter = kept;
            last = order;
            points[kept++] = point;
        }
        points.RemoveRange(kept, points.Count - kept);
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= LeadFirst and < LeadFirst + Leads && second is >= VowelFirst and < VowelFirst + Vowels)
            return HangulFirst + ((((first - LeadFirst) * Vowels) + second - VowelFirst) * Tails);
        if (first - HangulFirst is >= 0 and < Leads * Vowels * Tails and var index && index % Tails == 0
            && second is > TailFirst and < TailFirst + Tails)
            return first + second - TailFirst;
        return Data.Value.Pairs.TryGetValue((first, second), out var joined) ? joined : null;
    }

    private static Tables Read()
    {
        var tables = new Tables([], [], [], []);
        var composed = new Dictionary<string, int>(StringComparer.Ordinal);
        var whole = new List<(int Point, string[] Parts)>();
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("normalization.txt")!);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            switch (fields[0])
            {
                case "O":
                    for (var point = Hex(fields[1]); point <= Hex(fields[2]); point++)
                        tables.Classes[point] = int.Parse(fields[3], CultureInfo.InvariantCulture);
                    break;
                case "K":
                    tables.Compatible[Hex(fields[1])] = [.. fields[2..].Select(Hex)];
                    break;
                case "C" or "X":
                    tables.Canonical[Hex(fields[1])] = [.. fields[2..].Select(Hex)];
                    if (fields[0] == "C")
                    {
                        whole.Add((Hex(fields[1]), fields[2..]));
                        composed[string.Join(' ', fields[2..])] = Hex(fields[1]);
                    }
                    break;
            }
        }
        // Everything before the last part is one character, itself or composed.
        foreach (var (point, parts) in whole)
        {
            var first = parts.Length == 2 ? Hex(parts[0]) : composed[string.Join(' ', parts[..^1])];
            tables.Pairs[(first, Hex(parts[^1]))] = point;
        }
        return tables;
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Tables(Dictionary<int, int[]> Canonical, Dictionary<int, int[]> Compatible, Dictionary<int, int> Classes,
        Dictionary<(int, int), int> Pairs);
}
