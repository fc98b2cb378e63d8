using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Interop.Products;

/// <summary>Matrix products of operands in panels, on one thread.</summary>
internal static unsafe class Product
{
    /// <summary>Panels of the left operand per block: the block of the right panel stays in the first-level cache.</summary>
    private const int BlockTerms = 256;

    /// <summary>One panel of results: all rows of <paramref name="a"/> times one panel of the right operand.</summary>
    /// <param name="a">Left operand in panels of <paramref name="rows"/> rows.</param>
    /// <param name="rows">Rows, whole register tiles.</param>
    /// <param name="depth">Terms of each sum, whole panels.</param>
    /// <param name="b">A panel of <paramref name="depth"/> rows.</param>
    /// <param name="c">A panel of <paramref name="rows"/> rows; overwritten.</param>
    internal static void Panel(float* a, int rows, int depth, float* b, float* c) =>
        Rows(a, rows, depth, b, c, PanelSize.Width, rows, PanelSize.Width);

    /// <summary>
    /// One panel of results in plain memory: all rows of <paramref name="a"/> times one panel of the right operand. Its rows are
    /// <paramref name="stride"/> floats apart; <paramref name="count"/> rows and <paramref name="columns"/> columns are written.
    /// </summary>
    internal static void Rows(float* a, int rows, int depth, float* b, float* c, int stride, int count, int columns)
    {
        int width = PanelSize.Width, tileRows = PanelSize.TileRows;
        var jump = ((nint)rows * width) - width;
        var edge = stackalloc float[tileRows * width];
        for (var from = 0; from < depth; from += BlockTerms)
        {
            var chunks = Math.Min(BlockTerms, depth - from) / width;
            float* left = a + ((nint)from * rows), right = b + ((nint)from * width);
            for (var row = 0; row < count; row += tileRows)
            {
                var at = c + ((nint)row * stride);
                if (row + tileRows <= count && columns == width)
                {
                    Tile<AlongRows>(left + ((nint)row * width), chunks, width, jump, right, at, stride, from > 0);
                    continue;
                }
                Tile<AlongRows>(left + ((nint)row * width), chunks, width, jump, right, edge, width, false);
                CopyEdge(edge, at, stride, Math.Min(tileRows, count - row), columns, from > 0);
            }
        }
    }

    /// <summary>
    /// c (+)= a' b: row-major results in plain memory, sums over the rows of both operands. Both operands are in panels of <paramref name="rows"/>
    /// rows, of which <paramref name="terms"/> count; rows of c are <paramref name="stride"/> floats apart.
    /// </summary>
    internal static void Outer(float* a, int columnsA, float* b, int columnsB, int rows, int terms, float* c, int stride, bool add)
    {
        int width = PanelSize.Width, tileRows = PanelSize.TileRows;
        var edge = stackalloc float[tileRows * width];
        for (var column = 0; column < columnsB; column += width)
        {
            var panel = b + ((nint)column * rows);
            for (var row = 0; row < columnsA; row += tileRows)
            {
                var left = a + ((nint)(row / width) * rows * width) + (row % width);
                var at = c + ((nint)row * stride) + column;
                if (row + tileRows <= columnsA && column + width <= columnsB)
                {
                    Tile<DownColumns>(left, 1, terms, 0, panel, at, stride, add);
                    continue;
                }
                Tile<DownColumns>(left, 1, terms, 0, panel, edge, width, false);
                CopyEdge(edge, at, stride, Math.Min(tileRows, columnsA - row), Math.Min(width, columnsB - column), add);
            }
        }
    }

    private static void CopyEdge(float* edge, float* c, int stride, int rows, int columns, bool add)
    {
        for (var r = 0; r < rows; r++)
        {
            for (var i = 0; i < columns; i++)
                c[((nint)r * stride) + i] = edge[(r * PanelSize.Width) + i] + (add ? c[((nint)r * stride) + i] : 0);
        }
    }

    /// <summary>One register tile: see <see cref="Tile512.Multiply{TForm}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Tile<TForm>(float* a, int chunks, int depth, nint jump, float* b, float* c, nint stride, bool add)
        where TForm : struct, IOperandForm
    {
        if (Vector512.IsHardwareAccelerated)
            Tile512.Multiply<TForm>(a, chunks, depth, jump, b, c, stride, add);
        else if (Vector256.IsHardwareAccelerated)
            Tile256.Multiply<TForm>(a, chunks, depth, jump, b, c, stride, add);
        else
            Tile128.Multiply<TForm>(a, chunks, depth, jump, b, c, stride, add);
    }
}
