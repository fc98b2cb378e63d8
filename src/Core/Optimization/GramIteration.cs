// n rows and columns in whole panels; every matrix here is a polynomial of the same Gram matrix, so that all are symmetric and commute.
using System.Runtime.Intrinsics;
using MoELab.Interop.Products;

namespace MoELab.Optimization;

/// <summary>The n x n side of a Newton–Schulz iteration, in panels: Gram matrix, its polynomial and the product of the polynomials so far.</summary>
/// <param name="n">Rows in whole panels.</param>
/// <param name="count">Rows in use; the others stay zero.</param>
/// <param name="scratch">Memory for <see cref="Count"/> matrices.</param>
internal unsafe struct GramIteration(int n, int count, float* scratch)
{
    internal const int Count = 5;

    // Terms of a run of sums: its operands' strips stay in the first-level cache.
    private const int BlockTerms = 128;

    private readonly float* _gram = scratch;
    private float* _product = scratch + ((nint)n * n);
    private readonly float* _spare = scratch + (2 * (nint)n * n);
    private readonly float* _polynomial = scratch + (3 * (nint)n * n);
    private float* _free = scratch + (4 * (nint)n * n);

    /// <summary>The product of the polynomials of the steps that were taken since <see cref="Of"/>.</summary>
    internal readonly float* Factor => _product;

    /// <summary>The Gram matrix yᵀ y of n columns in panels of <paramref name="rows"/> rows, of which <paramref name="terms"/> count.</summary>
    internal readonly void Of(float* y, int rows, int terms)
    {
        var width = PanelSize.Width;
        for (var column = 0; column < n; column += width)
        {
            for (var from = 0; from < terms; from += BlockTerms)
            {
                for (var row = column; row < n; row += PanelSize.TileRows)
                {
                    var left = y + ((nint)(row / width) * width * rows) + ((nint)from * width) + (row % width);
                    Product.Tile<DownColumns>(left, 1, Math.Min(BlockTerms, terms - from), 0,
                        y + ((nint)column * rows) + ((nint)from * width), At(_gram, row, column), width, from > 0);
                }
            }
            Mirror(_gram, column);
        }
    }

    /// <summary>One step: Q = aI + bG + cG², the factor becomes Q times itself, and G becomes Q G Q unless it is the last step.</summary>
    internal void Advance((float A, float B, float C) step, bool first, bool last)
    {
        var polynomial = first ? _product : _polynomial;
        for (var column = 0; column < n; column += PanelSize.Width)
        {
            Panel(_gram, _gram, polynomial, column);
            Combine(step, polynomial, column);
            Mirror(polynomial, column);
        }
        if (!first)
        {
            Multiply(polynomial, _product, _free);
            var multiplied = _free;
            _free = _product;
            _product = multiplied;
        }
        if (last)
            return;
        Multiply(polynomial, _gram, _spare);
        Multiply(_spare, polynomial, _gram);
    }

    private readonly float* At(float* matrix, int row, int column) => matrix + ((nint)column * n) + ((nint)row * PanelSize.Width);

    private readonly void Multiply(float* left, float* right, float* to)
    {
        for (var column = 0; column < n; column += PanelSize.Width)
        {
            Panel(left, right, to, column);
            Mirror(to, column);
        }
    }

    // Of a symmetric product, only the blocks on and below the diagonal are computed.
    private readonly void Panel(float* left, float* right, float* to, int column)
    {
        var width = PanelSize.Width;
        for (var from = 0; from < n; from += 2 * BlockTerms)
        {
            var chunks = Math.Min(2 * BlockTerms, n - from) / width;
            for (var row = column; row < n; row += PanelSize.TileRows)
                Product.Tile<AlongRows>(At(left, row, from), chunks, width, ((nint)n - 1) * width, At(right, from, column),
                    At(to, row, column), width, from > 0);
        }
    }

    private readonly void Combine((float A, float B, float C) step, float* square, int column)
    {
        var length = (nint)(n - column) * PanelSize.Width;
        float* to = At(square, column, column), gram = At(_gram, column, column);
        for (nint i = 0; i < length; i += Vector256<float>.Count)
            ((Vector256.Load(to + i) * step.C) + (Vector256.Load(gram + i) * step.B)).Store(to + i);
        for (var i = column; i < Math.Min(column + PanelSize.Width, count); i++)
            At(square, i, column)[i - column] += step.A;
    }

    // Blocks above the diagonal are the transposed blocks below it.
    private readonly void Mirror(float* matrix, int column)
    {
        var width = PanelSize.Width;
        for (var row = column + width; row < n; row += width)
            Panels.PackTransposed(At(matrix, row, column), width, width, 0, width, At(matrix, column, row));
    }
}
