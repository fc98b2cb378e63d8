namespace MoELab.Data.Tokenization.Bpe;

/// <summary>Merges pairs of a piece, always the one with the lowest rank, the leftmost first, until none is left.</summary>
internal static class BpeMerging
{
    private const int Gone = -1;

    /// <param name="ids">The symbols of the piece; overwritten.</param>
    /// <param name="merges">Left and right id to rank and merged id.</param>
    public static int[] Merge(int[] ids, Dictionary<(int Left, int Right), (int Rank, int Id)> merges)
    {
        if (ids.Length < 2)
            return ids;
        var next = new int[ids.Length];
        var previous = new int[ids.Length];
        var queue = new PriorityQueue<(int At, int Id), (int Rank, int At)>();
        for (var i = 0; i < ids.Length; i++)
            (previous[i], next[i]) = (i - 1, i + 1);
        for (var i = 0; i + 1 < ids.Length; i++)
            Offer(i);
        while (queue.TryDequeue(out var merge, out _))
        {
            var right = ids[merge.At] == Gone ? ids.Length : next[merge.At];
            // Another pair may be here by now; if it gives the same token, it is merged too, as in Hugging Face's queue.
            if (right >= ids.Length || !merges.TryGetValue((ids[merge.At], ids[right]), out var now) || now.Id != merge.Id)
                continue;
            ids[merge.At] = merge.Id;
            ids[right] = Gone;
            next[merge.At] = next[right];
            if (next[right] < ids.Length)
                previous[next[right]] = merge.At;
            if (previous[merge.At] >= 0)
                Offer(previous[merge.At]);
            Offer(merge.At);
        }
        return [.. ids.Where(id => id != Gone)];

        void Offer(int at)
        {
            var right = next[at];
            if (right < ids.Length && merges.TryGetValue((ids[at], ids[right]), out var merge))
                queue.Enqueue((at, merge.Id), (merge.Rank, at));
        }
    }
}
