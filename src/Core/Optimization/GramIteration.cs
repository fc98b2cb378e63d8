// n rows and columns; every matrix here is a polynomial of the same Gram matrix, so that all are symmetric and commute.
using MoELab.Interop;

namespace MoELab.Optimization;

/// <summary>The n x n side of a Newton–Schulz iteration: Gram matrix, its polynomial and the product of the polynomials so far.</summary>
internal unsafe struct GramIteration(int n, float* scratch)
{
    internal const int Count = 5;
    private const int BlockRows = 32;

    private readonly long _size = (long)n * n;
    private readonly float* _gram = scratch;
    private float* _product = scratch + ((long)n * n);
    private readonly float* _spare = scratch + (2L * n * n);
    private readonly float* _polynomial = scratch + (3L * n * n);
    private float* _free = scratch + (4L * n * n);

    /// <summary>The product of the polynomials of the steps that were taken since <see cref="Of"/>.</summary>
    internal readonly float* Factor => _product;

    /// <summary>The Gram matrix x xᵀ of n rows and m columns.</summary>
    internal readonly void Of(float* x, int m) => Multiply(x, m, x, m, true, m, _gram);

    /// <summary>One step: Q = aI + bG + cG², the factor becomes Q times itself, and G becomes Q G Q unless it is the last step.</summary>
    internal void Advance((float A, float B, float C) step, bool first, bool last)
    {
        var polynomial = first ? _product : _polynomial;
        Multiply(_gram, n, _gram, n, false, n, polynomial);
        for (long i = 0; i < _size; i++)
            polynomial[i] = (step.C * polynomial[i]) + (step.B * _gram[i]);
        for (long i = 0; i < _size; i += n + 1)
            polynomial[i] += step.A;
        if (!first)
        {
            Multiply(polynomial, n, _product, n, false, n, _free);
            var multiplied = _free;
            _free = _product;
            _product = multiplied;
        }
        if (last)
            return;
        Multiply(polynomial, n, _gram, n, false, n, _spare);
        Multiply(_spare, n, polynomial, n, false, n, _gram);
    }

    // Of a symmetric product only the block rows up to the diagonal are computed.
    private readonly void Multiply(float* left, int leftStride, float* right, int rightStride, bool transposed, int depth, float* to)
    {
        var rows = n < 2 * BlockRows ? n : BlockRows;
        for (var row = 0; row < n; row += rows)
        {
            var (held, columns) = (Math.Min(rows, n - row), Math.Min(row + rows, n));
            NativeTorch.Gemm(false, transposed, held, columns, depth, 1, left + ((long)row * leftStride), leftStride, right, rightStride, 0, to + ((long)row * n), n);
            for (var i = row; i < row + held; i++)
            {
                for (var j = 0; j < row; j++)
                    to[((long)j * n) + i] = to[((long)i * n) + j];
            }
        }
    }
}
