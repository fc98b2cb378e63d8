using System.Text.RegularExpressions;

namespace MoELab.Board.Docs;

/// <summary>
/// Sections that hold every word of a query, by BM25 (Robertson and Zaragoza, 2009) with its usual constants. A word of the query is also found
/// as the beginning of a longer one; a word in a heading counts as several in the text, and a heading that holds all of them comes first.
/// </summary>
internal sealed partial class DocsSearch
{
    private const double K1 = 1.2, B = 0.75;
    private const int HeadingWeight = 6, ExcerptLength = 150;

    // More than words in a text can be worth.
    private const double WholeHeading = 1000;

    private readonly List<Entry> _entries;
    private readonly double _meanLength;

    public DocsSearch(IEnumerable<DocsPage> pages)
    {
        _entries = [.. pages.SelectMany(p => p.Sections, (page, section) => new Entry(page, section, Count(page, section)))];
        _meanLength = _entries.Count == 0 ? 1 : _entries.Average(e => e.Length);
    }

    /// <summary>The best sections.</summary>
    /// <param name="query">Words; more than a few hundred characters are cut.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<DocsHit> Find(string query, int most = 20)
    {
        var words = Words(query.Length > 200 ? query[..200] : query).Distinct(StringComparer.Ordinal).ToList();
        if (words.Count == 0)
            return [];
        var found = _entries.Select(e => (Entry: e, Uses: words.Select(e.Uses).ToArray())).ToList();
        var holders = words.Select((_, w) => found.Count(f => f.Uses[w] > 0)).ToArray();
        return [.. found.Where(f => f.Uses.All(u => u > 0)).Select(f => (f.Entry,
                Score: Score(f.Entry, f.Uses, holders) + (HasAll(f.Entry.Section.Heading, words) ? WholeHeading : 0)))
            .OrderByDescending(f => f.Score).Take(most)
            .Select(f => new DocsHit(f.Entry.Page, f.Entry.Section, f.Score, Excerpt(f.Entry.Section.Text, words),
                Pieces(f.Entry.Section.Heading, words, 0, f.Entry.Section.Heading.Length)))];
    }

    private static bool HasAll(string heading, IReadOnlyList<string> words) =>
        Words(heading).ToArray() is var own && words.All(w => own.Any(o => o.StartsWith(w, StringComparison.Ordinal)));

    private double Score(Entry entry, int[] uses, int[] holders)
    {
        var score = 0.0;
        for (var w = 0; w < uses.Length; w++)
        {
            var rarity = Math.Log(1 + ((_entries.Count - holders[w] + 0.5) / (holders[w] + 0.5)));
            score += rarity * uses[w] * (K1 + 1) / (uses[w] + (K1 * (1 - B + (B * entry.Length / _meanLength))));
        }
        return score;
    }

    private static Dictionary<string, int> Count(DocsPage page, DocsSection section)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        void Add(string text, int weight)
        {
            foreach (var word in Words(text))
                counts[word] = counts.GetValueOrDefault(word) + weight;
        }
        Add(section.Text, 1);
        Add(section.Heading, HeadingWeight);
        Add(page.Title, 1);
        return counts;
    }

    private static List<string> Excerpt(string text, IReadOnlyList<string> words)
    {
        var matches = Matches(text, words);
        int Start(int match) => Math.Max(0, match - (ExcerptLength / 3));
        int Held(int match) => words.Count(w => matches.Any(m => m.Index >= match && m.Index + m.Length <= Start(match) + ExcerptLength
            && m.Value.StartsWith(w, StringComparison.OrdinalIgnoreCase)));
        // Of several equal ones the first.
        var best = matches.Select(m => m.Index).OrderByDescending(Held).FirstOrDefault();
        var from = Start(best);
        if (from > 0 && text.IndexOf(' ', from) is var space && space >= 0 && space < best)
            from = space + 1;
        var to = Math.Min(text.Length, from + ExcerptLength);
        var pieces = Pieces(text, words, from, to);
        pieces[0] = (from > 0 ? "... " : "") + pieces[0];
        pieces[^1] += to < text.Length ? " ..." : "";
        return pieces;
    }

    private static List<string> Pieces(string text, IReadOnlyList<string> words, int from, int to)
    {
        var (pieces, at) = (new List<string>(), from);
        foreach (var match in Matches(text, words).Where(m => m.Index >= from && m.Index + m.Length <= to))
        {
            pieces.Add(text[at..match.Index]);
            pieces.Add(match.Value);
            at = match.Index + match.Length;
        }
        pieces.Add(text[at..to]);
        return pieces;
    }

    private static List<Match> Matches(string text, IReadOnlyList<string> words) =>
        [.. Word().Matches(text).Where(m => words.Any(w => m.Value.StartsWith(w, StringComparison.OrdinalIgnoreCase)))];

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(m => m.Value.ToLowerInvariant());

    // Names such as expert_bias and --set are found by their parts.
    [GeneratedRegex(@"[\p{L}\p{Nd}]+")]
    private static partial Regex Word();

    private sealed record Entry(DocsPage Page, DocsSection Section, Dictionary<string, int> Counts)
    {
        public double Length { get; } = Counts.Values.Sum();

        public int Uses(string word) => Counts.Where(c => c.Key.StartsWith(word, StringComparison.Ordinal)).Sum(c => c.Value);
    }
}
