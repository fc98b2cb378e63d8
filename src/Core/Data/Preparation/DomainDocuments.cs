using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>
/// The documents of one domain: duplicates and near-duplicates removed, a uniform sample of at most so many bytes, split into training
/// and held-out text. Sample, order and split follow the SHA-256 of each document, so that a document stays on its side when others
/// come or go.
/// </summary>
internal sealed class DomainDocuments
{
    private const long LeastHeldOut = 64 << 10;

    private DomainDocuments(CorpusSource source, List<(byte[] Hash, string Text)> documents)
    {
        Source = source;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (digest, text) in documents)
        {
            hash.AppendData(digest);
            Bytes += Encoding.UTF8.GetByteCount(text);
        }
        Hash = Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
        (Training, HeldOut) = Split(documents, Bytes);
    }

    public CorpusSource Source { get; }

    public string Hash { get; }

    public long Bytes { get; }

    public IReadOnlyList<string> Training { get; }

    public IReadOnlyList<string> HeldOut { get; }

    /// <exception cref="RecipeException">The source has no text.</exception>
    public static DomainDocuments Read(CorpusSource source, long maxBytes)
    {
        var near = new NearDuplicates();
        var seen = new HashSet<UInt128>();
        var kept = new PriorityQueue<(byte[] Hash, string Text), UInt128>();
        var bytes = 0L;
        foreach (var text in source.Read())
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
            var order = BinaryPrimitives.ReadUInt128BigEndian(hash);
            if (!seen.Add(order) || !near.Add(text))
                continue;
            // The queue gives the largest hash first: what is left at the end are the smallest, a uniform sample in one pass.
            kept.Enqueue((hash, text), UInt128.MaxValue - order);
            bytes += Encoding.UTF8.GetByteCount(text);
            while (maxBytes > 0 && bytes > maxBytes && kept.Count > 1)
                bytes -= Encoding.UTF8.GetByteCount(kept.Dequeue().Text);
        }
        if (kept.Count == 0)
            throw new RecipeException($"{source.Name}: '{source.Source}' holds no text; expected at least one document");
        var documents = kept.UnorderedItems.Select(i => i.Element).OrderBy(d => BinaryPrimitives.ReadUInt128BigEndian(d.Hash)).ToList();
        return new DomainDocuments(source, documents);
    }

    private static (List<string> Training, List<string> HeldOut) Split(List<(byte[] Hash, string Text)> documents, long bytes)
    {
        if (documents.Count == 1)
            return Cut(documents[0].Text);
        // The last bytes of the hash: the first ones chose the sample.
        static uint Key(byte[] hash) => BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(28));
        for (var shift = 5; ; shift--)
        {
            var heldOut = documents.Where(d => Key(d.Hash) < 1u << (32 - shift)).ToList();
            var enough = heldOut.Sum(d => (long)Encoding.UTF8.GetByteCount(d.Text)) >= Math.Min(LeastHeldOut, bytes / 8);
            if ((!enough && shift > 2) || heldOut.Count == documents.Count)
            {
                if (shift > 2)
                    continue;
            }
            if (heldOut.Count == 0 || heldOut.Count == documents.Count)
                heldOut = [documents.MinBy(d => Key(d.Hash))];
            var chosen = heldOut.Select(d => d.Text).ToHashSet(StringComparer.Ordinal);
            return ([.. documents.Where(d => !chosen.Contains(d.Text)).Select(d => d.Text)], [.. heldOut.Select(d => d.Text)]);
        }
    }

    private static (List<string> Training, List<string> HeldOut) Cut(string text)
    {
        var at = Math.Max(1, (int)(text.Length * 0.9));
        var line = text.IndexOf('\n', at);
        if (line >= 0 && line < text.Length - 1)
            at = line + 1;
        else if (at < text.Length && char.IsLowSurrogate(text[at]))
            at--;
        return at <= 0 || at >= text.Length ? ([text], []) : ([text[..at]], [text[at..]]);
    }
}
