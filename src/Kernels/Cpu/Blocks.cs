using MoELab.Interop.Products;

namespace MoELab.Kernels.Cpu;

/// <summary>
/// A block of rows that are computed together. Padded to whole register tiles; its saved pre-activations begin at row <c>Saved</c>.
/// </summary>
internal readonly record struct Block(int Start, int Count, int Padded, int Saved);

/// <summary>The blocks of a piece, of nearly equal size.</summary>
internal struct Blocks(WorkPlan plan, Piece piece)
{
    private readonly int _size = PanelSize.PadRows((piece.Count + Number(plan, piece) - 1) / Number(plan, piece));
    private int _at = -1;

    public readonly Block Current
    {
        get
        {
            var from = _at * _size;
            var count = Math.Min(_size, piece.Count - from);
            return new Block(piece.Start + from, count, PanelSize.PadRows(count), piece.Saved + from);
        }
    }

    public bool MoveNext() => ++_at * _size < piece.Count;

    public readonly Blocks GetEnumerator() => this;

    private static int Number(WorkPlan plan, Piece piece) => (piece.Count + plan.BlockRows - 1) / plan.BlockRows;
}
