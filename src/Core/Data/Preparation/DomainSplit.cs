namespace MoELab.Data.Preparation;

/// <summary>
/// Training and held-out text of one domain. 1 of 32 source documents is held out, by their hash; 1 of 16, 8 or 4 if that leaves less
/// than 64 KiB (or an eighth of the domain). A domain of which one document in several pieces is more than a quarter holds
/// out the last pieces of that one instead. Held-out units that share text with training text go to training.
/// </summary>
internal sealed class DomainSplit
{
    /// <summary>Maximum share of a domain's held-out windows that may occur in training text before units are moved.</summary>
    public const double MaxShared = 0.001;
    private const long MinHeldOutBytes = 64 << 10;
    private const int Narrowest = 5;
    private const int Widest = 2;
    private readonly SplitUnit[] _documents;
    private readonly long _bytes;
    private int _level = Narrowest;

    public DomainSplit(IReadOnlyList<DocumentPiece> pieces)
    {
        _bytes = pieces.Sum(p => (long)p.Bytes);
        _documents = [.. pieces.GroupBy(p => p.Origin).Select(g => new SplitUnit([.. g])).OrderBy(u => u.Key)];
        if (pieces.Count == 1)
        {
            (Training, HeldOut) = Cut(pieces[0]);
            _level = Widest;
            return;
        }
        Choose();
        while (!IsEnough && CanWiden)
            Widen();
    }

    public List<SplitUnit> Training { get; private set; } = [];

    public List<SplitUnit> HeldOut { get; private set; } = [];

    public bool IsEnough => HeldOut.Sum(u => u.Bytes) >= Enough;

    private long Enough => Math.Min(MinHeldOutBytes, _bytes / 8);

    public bool CanWiden => _level > Widest;

    /// <summary>Chooses again, from twice as much text.</summary>
    public void Widen()
    {
        _level--;
        Choose();
    }

    /// <summary>Moves the units that share most with training text to training, until the rest shares little.</summary>
    /// <returns>The moved units; empty if the rest shares little, or if moving more would leave too little.</returns>
    public IReadOnlyList<SplitUnit> Move(HeldOutOverlap overlap)
    {
        var units = HeldOut.Select(u => (Unit: u, Shared: overlap.Shared(u)))
            .OrderByDescending(u => (double)u.Shared / Math.Max(1, u.Unit.Windows.Count)).ThenBy(u => u.Unit.Key).ToList();
        var (shared, windows) = (units.Sum(u => (long)u.Shared), units.Sum(u => (long)u.Unit.Windows.Count));
        var left = HeldOut.Sum(u => u.Bytes);
        // While there is more to choose from, everything shared may be moved; in the last round, half of the wanted text always stays.
        var least = CanWiden ? 0 : Math.Min(left, Math.Max(1, Enough / 2));
        var moved = new List<SplitUnit>();
        foreach (var (unit, count) in units)
        {
            if (shared <= MaxShared * windows || left - unit.Bytes < least)
                break;
            moved.Add(unit);
            (shared, windows, left) = (shared - count, windows - unit.Windows.Count, left - unit.Bytes);
        }
        HeldOut = [.. HeldOut.Except(moved)];
        Training.AddRange(moved);
        return moved;
    }

    private void Choose()
    {
        var heldOut = _documents.Where(u => u.Key < 1u << (32 - _level)).ToList();
        if (heldOut.Count == 0 || heldOut.Count == _documents.Length)
            heldOut = [_documents[0]];
        var longest = _documents.MaxBy(u => u.Bytes)!;
        if (longest.Pieces.Count > 1 && longest.Bytes > _bytes / 4)
        {
            var end = new List<DocumentPiece>();
            foreach (var piece in longest.Pieces.OrderByDescending(p => p.Number).SkipLast(1))
            {
                if (end.Sum(p => (long)p.Bytes) >= Math.Min(longest.Bytes / 2, (_bytes >> _level) * 3))
                    break;
                end.Add(piece);
            }
            HeldOut = [.. end.Select(p => new SplitUnit([p]))];
            Training = [.. _documents.Where(u => u != longest).Append(new SplitUnit([.. longest.Pieces.Except(end)]))];
            return;
        }
        HeldOut = heldOut;
        Training = [.. _documents.Except(heldOut)];
    }

    // Of a domain that is one short document, the last tenth is held out.
    private static (List<SplitUnit> Training, List<SplitUnit> HeldOut) Cut(DocumentPiece piece)
    {
        var text = piece.Text;
        var at = Math.Max(1, (int)(text.Length * 0.9));
        var line = text.IndexOf('\n', at);
        if (line >= 0 && line < text.Length - 1)
            at = line + 1;
        else if (at < text.Length && char.IsLowSurrogate(text[at]))
            at--;
        return at <= 0 || at >= text.Length ? ([new SplitUnit([piece])], []) : ([Part(text[..at])], [Part(text[at..])]);

        SplitUnit Part(string part) => new([piece with { Text = part, Bytes = Encoding.UTF8.GetByteCount(part) }]);
    }
}
