using System.Text.RegularExpressions;
using MoELab.Data;
using MoELab.Data.Preparation;

namespace MoELab.Tests.Data;

/// <summary>The overlap of held-out with training text, measured from the files that a run reads, by comparing the words themselves.</summary>
internal static partial class Leakage
{
    /// <summary>Share of each domain's held-out windows that training text of any domain holds; the corpus has the byte tokenizer.</summary>
    public static double[] Of(PreparedCorpus corpus)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var held = corpus.Domains.Select((_, d) => Windows(corpus, $"{d}.held-out", numbers).ToList()).ToList();
        var found = held.SelectMany(w => w).ToHashSet().ToDictionary(w => w, _ => false);
        for (var d = 0; d < held.Count; d++)
        {
            foreach (var window in Windows(corpus, $"{d}.training", numbers))
            {
                if (found.ContainsKey(window))
                    found[window] = true;
            }
        }
        return [.. held.Select(w => w.Count(x => found[x]) / (double)w.Count)];
    }

    /// <summary>The documents of one file of a prepared corpus.</summary>
    public static IEnumerable<string> Documents(PreparedCorpus corpus, string file)
    {
        using var tokens = TokenFile.Open(Path.Combine(corpus.Directory, file), wide: false);
        for (var d = 0; d < tokens.Documents; d++)
        {
            var ids = new int[tokens.Length(d) - 1];
            tokens.Read(tokens.Starts[d] + 1, ids);
            yield return Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)]);
        }
    }

    // Two characters for a word, so that a window of words is a string.
    private static IEnumerable<string> Windows(PreparedCorpus corpus, string file, Dictionary<string, int> numbers)
    {
        foreach (var document in Documents(corpus, file))
        {
            var text = new StringBuilder();
            foreach (var word in Word().Matches(document).SelectMany(m => m.Value.Chunk(16)).Select(w => new string(w).ToLowerInvariant()))
            {
                if (!numbers.TryGetValue(word, out var number))
                    numbers[word] = number = numbers.Count;
                text.Append((char)(number & 0xFFFF)).Append((char)(number >> 16));
            }
            var words = text.ToString();
            for (var at = 0; at + 50 <= words.Length; at += 2)
                yield return words.Substring(at, 50);
        }
    }

    [GeneratedRegex(@"[\p{L}\p{Nd}]+|[^\p{L}\p{Nd}\s]")]
    private static partial Regex Word();
}
