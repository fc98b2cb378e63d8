using MoELab.Interop.Products;
using MoELab.Model.Operations;

namespace MoELab.Model.Fused;

// B sequences, S positions, H query heads, K key-value heads, C head width; p: padded to whole panels.

/// <summary>
/// Divides one layer's attention into tasks. A task has one sequence's key-value head and the query heads that share it, so that no two threads
/// add to the same gradient and sums have one order at any number of threads. Queries come in blocks, a block's scores in panels of keys.
/// What a query may see is a run of positions that ends with itself, so that a register tile of queries needs the panels between its
/// first query's first key and its last query: the products before a window or a document's start, and after the query, are never made.
/// </summary>
internal sealed class AttentionWork(SequenceLayout layout, AttentionShape shape)
{
    /// <summary>Queries of a block: their panels and a panel of scores stay in the nearest caches.</summary>
    internal const int BlockRows = 64;

    private readonly int[] _first_BS = layout.First_BS ?? throw new ArgumentException("each document must be contiguous", nameof(layout));
    private readonly int _window = shape.Window ?? layout.Length;

    internal AttentionShape Shape => shape;
    internal int Batch => layout.Batch;
    internal int Length => layout.Length;
    internal long Tokens => (long)layout.Batch * layout.Length;
    internal int Tasks => layout.Batch * shape.KeyHeads;

    /// <summary>Number of positions (S), rounded up to whole panels.</summary>
    internal int PaddedLength { get; } = PanelSize.PadColumns(layout.Length);

    /// <summary>Head width (C), rounded up to whole panels.</summary>
    internal int PaddedWidth { get; } = PanelSize.PadColumns(shape.Width);

    /// <summary>How a sum over a head's width runs through panels: how many and how many terms of each.</summary>
    internal (int Chunks, int Depth) Terms { get; } = shape.Width <= PanelSize.Width ? (1, shape.Width)
        : (PanelSize.PadColumns(shape.Width) / PanelSize.Width, PanelSize.Width);

    internal float[] Cos_SR => layout.HostCos_SR;
    internal float[] Sin_SR => layout.HostSin_SR;

    /// <summary>The first position to which a position attends.</summary>
    internal int FirstSeen(int sequence, int position) => Math.Max(_first_BS[(sequence * layout.Length) + position], position - _window + 1);

    /// <summary>The block that begins at a position.</summary>
    internal AttentionBlock Block(int sequence, int start)
    {
        var count = Math.Min(BlockRows, layout.Length - start);
        return new AttentionBlock(this, sequence, start, count);
    }
}

/// <summary>A block of queries.</summary>
internal readonly record struct AttentionBlock(AttentionWork Work, int Sequence, int Start, int Count)
{
    /// <summary>Rows in whole register tiles.</summary>
    internal int Rows => PanelSize.PadRows(Count);

    /// <summary>The first panel of keys that any query sees.</summary>
    internal int FirstPanel => FirstPanelOf(0);

    /// <summary>The last one.</summary>
    internal int LastPanel => LastPanelOf(Count - 1);

    /// <summary>The first panel of keys that the register tile of a row sees.</summary>
    internal int FirstPanelOf(int row) => Work.FirstSeen(Sequence, Start + (row / PanelSize.TileRows * PanelSize.TileRows)) / PanelSize.Width;

    /// <summary>The last one.</summary>
    internal int LastPanelOf(int row) =>
        (Start + Math.Min(Count, (row / PanelSize.TileRows * PanelSize.TileRows) + PanelSize.TileRows) - 1) / PanelSize.Width;

    /// <summary>The rows, whole tiles, that see something of a panel.</summary>
    internal (int From, int End) RowsOf(int panel)
    {
        var (from, end) = (0, Rows);
        while (LastPanelOf(from) < panel)
            from += PanelSize.TileRows;
        while (FirstPanelOf(end - PanelSize.TileRows) > panel)
            end -= PanelSize.TileRows;
        return (from, end);
    }
}
