namespace MoELab.Data.Preparation;

/// <summary>Pieces that stay together on one side of the split, and their windows of words.</summary>
internal sealed class SplitUnit(IReadOnlyList<DocumentPiece> pieces)
{
    public IReadOnlyList<DocumentPiece> Pieces => pieces;

    public long Bytes { get; } = pieces.Sum(p => (long)p.Bytes);

    /// <summary>Position in the order in which units are held out.</summary>
    public uint Key => pieces[0].SplitKey;

    /// <summary>Hashes of every window; cached, because a held-out unit is compared more than once.</summary>
    public IReadOnlyList<ulong> Windows => field ??= [.. pieces.SelectMany(p => WordWindows.Of(p.Text))];
}
