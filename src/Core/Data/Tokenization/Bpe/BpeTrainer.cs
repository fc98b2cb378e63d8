using System.Runtime.InteropServices;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>
/// Learns merges (Sennrich et al. 2016, on bytes): the most frequent pair inside pieces becomes a token, again and again; equal
/// counts go to the lower ids, so that the same text always gives the same tokenizer.
/// </summary>
internal static class BpeTrainer
{
    private const long SampleBytes = 8L << 20;

    public static BpeTokenizer Train(string name, int vocabulary, IEnumerable<string> documents)
    {
        var (words, counts) = Words(documents);
        if (words.Length == 0)
            throw new InputException($"data.tokenizer: '{name}' has no text to train on");
        var pairs = new Dictionary<(int Left, int Right), (long Count, HashSet<int> Words)>();
        for (var w = 0; w < words.Length; w++)
        {
            for (var i = 0; i + 1 < words[w].Length; i++)
                Count(pairs, (words[w][i], words[w][i + 1]), counts[w], w);
        }
        var queue = new PriorityQueue<((int Left, int Right) Pair, long Count), (long, int, int)>();
        foreach (var (pair, seen) in pairs)
            queue.Enqueue((pair, seen.Count), (-seen.Count, pair.Left, pair.Right));
        var merges = new List<(int Left, int Right)>();
        while (merges.Count < vocabulary - 257 && queue.TryDequeue(out var best, out _))
        {
            if (!pairs.TryGetValue(best.Pair, out var current) || current.Count != best.Count)
                continue;
            if (best.Count < 2)
                break;
            var id = 256 + merges.Count;
            merges.Add(best.Pair);
            var changed = new HashSet<(int Left, int Right)>();
            foreach (var w in current.Words)
                words[w] = Apply(words[w], best.Pair, id, counts[w], w, pairs, changed);
            pairs.Remove(best.Pair);
            foreach (var pair in changed)
            {
                if (pairs.TryGetValue(pair, out var seen) && seen.Count > 0)
                    queue.Enqueue((pair, seen.Count), (-seen.Count, pair.Left, pair.Right));
            }
        }
        if (merges.Count < vocabulary - 257)
            throw new InputException($"data.tokenizer: '{name}' found only {merges.Count + 257} tokens that occur at least twice; "
                + "expected a larger corpus or a smaller size");
        return new BpeTokenizer(name, BpeModel.FromMerges(merges), TokenizerSteps.Gpt2);
    }

    private static (int[][] Words, long[] Counts) Words(IEnumerable<string> documents)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var left = SampleBytes;
        foreach (var document in documents)
        {
            foreach (var (piece, _) in TokenizerSteps.Gpt2.Cut(document.AsMemory(), true))
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, piece.Span, out _)++;
            left -= document.Length;
            if (left <= 0)
                break;
        }
        // Ordered, so that ids never depend on the order of a hash table.
        var order = counts.Keys.Order(StringComparer.Ordinal).ToArray();
        return ([.. order.Select(w => Encoding.UTF8.GetBytes(w).Select(b => (int)b).ToArray())], [.. order.Select(w => counts[w])]);
    }

    private static void Count(Dictionary<(int Left, int Right), (long Count, HashSet<int> Words)> pairs, (int, int) pair, long count, int word)
    {
        ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out var exists);
        if (!exists)
            seen.Words = [];
        seen.Count += count;
        if (count > 0)
            seen.Words.Add(word);
    }

    private static int[] Apply(int[] word, (int Left, int Right) pair, int id, long count, int index,
        Dictionary<(int Left, int Right), (long Count, HashSet<int> Words)> pairs, HashSet<(int Left, int Right)> changed)
    {
        var merged = new List<int>(word.Length);
        for (var i = 0; i < word.Length; i++)
        {
            if (i + 1 < word.Length && word[i] == pair.Left && word[i + 1] == pair.Right)
            {
                merged.Add(id);
                i++;
            }
            else
            {
                merged.Add(word[i]);
            }
        }
        if (merged.Count == word.Length)
            return word;
        for (var i = 0; i + 1 < word.Length; i++)
        {
            var old = (word[i], word[i + 1]);
            if (old == pair)
                continue;
            Count(pairs, old, -count, index);
            changed.Add(old);
        }
        for (var i = 0; i + 1 < merged.Count; i++)
        {
            var now = (merged[i], merged[i + 1]);
            Count(pairs, now, count, index);
            changed.Add(now);
        }
        return [.. merged];
    }
}
