namespace MoELab.Data.Tokenization.Bpe;

/// <summary>
/// The merges of a vocabulary with only ranks (tiktoken's): a token was merged from the two parts into which its own bytes are split
/// when all pairs of lower rank have been merged.
/// </summary>
internal static class RankedMerges
{
    /// <param name="tokens">Bytes of each token, in the order of the ranks.</param>
    /// <returns>Ids of left and right part, in the order of the merged tokens.</returns>
    public static IEnumerable<(int Left, int Right)> Of(IReadOnlyList<byte[]> tokens)
    {
        var ranks = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (var id = 0; id < tokens.Count; id++)
        {
            if (tokens[id].Length > 0)
                ranks.Add(Encoding.Latin1.GetString(tokens[id]), id);
        }
        var lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var id = 0; id < tokens.Count; id++)
        {
            if (tokens[id].Length < 2)
                continue;
            var text = Encoding.Latin1.GetString(tokens[id]);
            var cuts = Enumerable.Range(0, text.Length + 1).ToList();
            while (cuts.Count > 3)
            {
                var (best, at) = (id, -1);
                for (var i = 0; i + 2 < cuts.Count; i++)
                {
                    if (lookup.TryGetValue(text.AsSpan(cuts[i]..cuts[i + 2]), out var rank) && rank < best)
                        (best, at) = (rank, i);
                }
                if (at < 0)
                    break;
                cuts.RemoveAt(at + 1);
            }
            // A token that its own pairs never produce is found only as a whole piece.
            if (cuts.Count == 3)
                yield return (lookup[text.AsSpan(..cuts[1])], lookup[text.AsSpan(cuts[1]..)]);
        }
    }
}
