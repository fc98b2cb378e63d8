using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Kernels.Cpu;

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
    internal static void Panel(float* a, int rows, int depth, float* b, float* c)
    {
        var width = PanelSize.Width;
        var jump = ((nint)rows * width) - width;
        for (var from = 0; from < depth; from += BlockTerms)
        {
            var chunks = Math.Min(BlockTerms, depth - from) / width;
            var block = a + ((nint)from * rows);
            for (var row = 0; row < rows; row += PanelSize.TileRows)
                Tile<AlongRows>(block + ((nint)row * width), chunks, width, jump, b + ((nint)from * width), c + ((nint)row * width), width, from > 0);
        }
    }

    /// <summary>c (+)= a' b: row-major results in plain memory, sums over the rows of both operands.</summary>
    /// <param name="a">Left operand in panels of <paramref name="rows"/> rows; its columns are the rows of c.</param>
    /// <param name="columnsA">Columns of a that count.</param>
    /// <param name="b">Right operand in panels of <paramref name="rows"/> rows.</param>
    /// <param name="columnsB">Columns of b that count.</param>
    /// <param name="rows">Rows that the panels hold.</param>
    /// <param name="terms">Rows that count.</param>
    /// <param name="c">[columnsA, columnsB].</param>
    /// <param name="add">Whether to add to c.</param>
    internal static void Outer(float* a, int columnsA, float* b, int columnsB, int rows, int terms, float* c, bool add)
    {
        int width = PanelSize.Width, tileRows = PanelSize.TileRows;
        var edge = stackalloc float[tileRows * width];
        for (var column = 0; column < columnsB; column += width)
        {
            var panel = b + ((nint)column * rows);
            for (var row = 0; row < columnsA; row += tileRows)
            {
                var left = a + ((nint)(row / width) * rows * width) + (row % width);
                var at = c + ((nint)row * columnsB) + column;
                if (row + tileRows <= columnsA && column + width <= columnsB)
                {
                    Tile<DownColumns>(left, 1, terms, 0, panel, at, columnsB, add);
                    continue;
                }
                Tile<DownColumns>(left, 1, terms, 0, panel, edge, width, false);
                for (var r = 0; r < Math.Min(tileRows, columnsA - row); r++)
                {
                    for (var i = 0; i < Math.Min(width, columnsB - column); i++)
                        at[((nint)r * columnsB) + i] = edge[(r * width) + i] + (add ? at[((nint)r * columnsB) + i] : 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TForm>(float* a, int chunks, int depth, nint jump, float* b, float* c, nint stride, bool add) where TForm : struct, IOperandForm
    {
        if (Vector512.IsHardwareAccelerated)
            Tile512.Multiply<TForm>(a, chunks, depth, jump, b, c, stride, add);
        else if (Vector256.IsHardwareAccelerated)
            Tile256.Multiply<TForm>(a, chunks, depth, jump, b, c, stride, add);
        else
            Tile128.Multiply<TForm>(a, chunks, depth, jump, b, c, stride, add);
    }
}
