using System.Buffers.Binary;
using System.Security.Cryptography;
using MoELab.Data.Sources;

namespace MoELab.Data.Preparation;

/// <summary>
/// The documents of one domain: duplicates and near-duplicates removed, a uniform sample up to a number of bytes. Sample and order
/// depend on the SHA-256 of each document, not on the order of the source.
/// </summary>
/// <param name="source">The source of the documents.</param>
/// <param name="pieces">The documents, in the order of their hashes.</param>
/// <param name="origins">The MinHash signature of each source document, by the first bytes of its SHA-256.</param>
/// <param name="duplicates">Number of documents and pieces that were left out as exact or near duplicates.</param>
internal sealed class DomainDocuments(
    CorpusSource source, IReadOnlyList<DocumentPiece> pieces, Dictionary<UInt128, uint[]> origins, int duplicates)
{
    public CorpusSource Source => source;
    public IReadOnlyList<DocumentPiece> Pieces { get; private set; } = pieces;
    public int Duplicates { get; private set; } = duplicates;
    private Dictionary<UInt128, uint[]> Origins => origins;
    public long Bytes => Pieces.Sum(p => (long)p.Bytes);

    /// <exception cref="InputException">The source has no text.</exception>
    public static DomainDocuments Read(CorpusSource source, long maxBytes)
    {
        var (seen, duplicates) = (new SeenDocuments(), 0);
        var origins = new Dictionary<UInt128, uint[]>();
        var kept = new PriorityQueue<DocumentPiece, UInt128>();
        var bytes = 0L;
        foreach (var document in source.Read())
        {
            var isOne = document.Pieces.Count == 1;
            var whole = isOne ? document.Pieces[0] : string.Concat(document.Pieces);
            if (string.IsNullOrWhiteSpace(whole))
                continue;
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(whole));
            var origin = BinaryPrimitives.ReadUInt128BigEndian(digest);
            var signature = NearDuplicates.Sign(whole);
            if (!seen.AddOrigin(origin, signature))
            {
                duplicates++;
                continue;
            }
            origins[origin] = signature;
            for (var i = 0; i < document.Pieces.Count; i++)
            {
                var text = document.Pieces[i];
                if (string.IsNullOrWhiteSpace(text))
                    continue;
                var utf8 = Encoding.UTF8.GetBytes(text);
                var piece = new DocumentPiece(text, utf8.Length, isOne ? digest : SHA256.HashData(utf8), origin,
                    BinaryPrimitives.ReadUInt32BigEndian(digest.AsSpan(28)), i, isOne ? signature : NearDuplicates.Sign(text));
                if (!seen.AddPiece(piece))
                {
                    duplicates++;
                    continue;
                }
                // The queue returns the largest hash first; the smallest are left at the end, which is a uniform sample in one pass.
                kept.Enqueue(piece, UInt128.MaxValue - piece.Order);
                bytes += piece.Bytes;
                while (maxBytes > 0 && bytes > maxBytes && kept.Count > 1)
                    bytes -= kept.Dequeue().Bytes;
            }
        }
        if (kept.Count == 0)
            throw new InputException($"{source.Name}: '{source.Source}' contains no text; expected at least one document"
                + string.Concat(source.Notes.Select(n => $" ({n.TrimEnd('.')})")));
        return new DomainDocuments(source, [.. kept.UnorderedItems.Select(i => i.Element).OrderBy(p => p.Order)], origins, duplicates);
    }

    /// <summary>Removes from each domain the documents that an earlier domain already has.</summary>
    /// <exception cref="InputException">A domain has no text left.</exception>
    public static void RemoveCopies(IReadOnlyList<DomainDocuments> domains)
    {
        var seen = new SeenDocuments();
        foreach (var domain in domains)
        {
            var copies = domain.Origins.Where(o => seen.ContainsOrigin(o.Key, o.Value)).Select(o => o.Key).ToHashSet();
            var own = domain.Pieces.Where(p => !copies.Contains(p.Origin) && !seen.ContainsPiece(p)).ToList();
            if (own.Count == 0)
                throw new InputException($"{domain.Source.Name}: every document of '{domain.Source.Source}' is a copy of one in "
                    + $"{string.Join(", ", domains.TakeWhile(d => d != domain).Select(d => d.Source.Name))}; expected text of its own");
            domain.Duplicates += domain.Pieces.Count - own.Count;
            domain.Pieces = own;
            foreach (var origin in own.Select(p => p.Origin).Distinct())
                seen.AddOrigin(origin, domain.Origins[origin]);
            foreach (var piece in own)
                seen.AddPiece(piece);
        }
    }
}
