using System.Security.Cryptography;

namespace MoELab.Data.Preparation;

/// <summary>Splits a corpus into training and held-out text, compared with each other across its domains.</summary>
internal sealed class CorpusSplit(DomainSplit[] domains, HeldOutOverlap overlap)
{
    public static CorpusSplit Of(IReadOnlyList<DomainDocuments> domains)
    {
        DomainSplit[] splits = [.. domains.Select(d => new DomainSplit(d.Pieces))];
        while (true)
        {
            var overlap = new HeldOutOverlap(splits);
            while (splits.SelectMany(s => s.Move(overlap)).ToList() is { Count: > 0 } moved)
                overlap.AddTraining(moved.SelectMany(u => u.Pieces));
            var few = splits.Where(s => !s.IsEnough && s.CanWiden).ToList();
            if (few.Count == 0)
                return new CorpusSplit(splits, overlap);
            few.ForEach(s => s.Widen());
        }
    }

    /// <summary>Training documents of a domain, in the order of their hashes.</summary>
    public IReadOnlyList<string> Training(int domain) => Texts(domains[domain].Training);

    /// <summary>Held-out documents of a domain, in the order of their hashes.</summary>
    public IReadOnlyList<string> HeldOut(int domain) => Texts(domains[domain].HeldOut);

    /// <summary>Share of a domain's held-out windows that occur in training text of any domain, 0 to 1.</summary>
    public double Overlap(int domain)
    {
        var units = domains[domain].HeldOut;
        return units.Sum(u => (double)overlap.Shared(u)) / Math.Max(1, units.Sum(u => (long)u.Windows.Count));
    }

    /// <summary>SHA-256 over a domain's documents and their sides, first 16 hex digits.</summary>
    public string Hash(int domain)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var side in new[] { domains[domain].Training, domains[domain].HeldOut })
        {
            foreach (var piece in Ordered(side))
                hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(piece.Text)));
            hash.AppendData("/"u8);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static IReadOnlyList<string> Texts(List<SplitUnit> units) => [.. Ordered(units).Select(p => p.Text)];

    private static IEnumerable<DocumentPiece> Ordered(List<SplitUnit> units) => units.SelectMany(u => u.Pieces).OrderBy(p => p.Order);
}
