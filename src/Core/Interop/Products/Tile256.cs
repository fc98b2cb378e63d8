using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Interop.Products;

/// <summary>A register tile of 4 rows by two vectors of 8, for processors with 16 vector registers.</summary>
internal static unsafe class Tile256
{
    /// <summary>
    /// Sums over <paramref name="chunks"/> runs of <paramref name="depth"/> terms; after each run the left operand moves on by
    /// <paramref name="jump"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<TForm>(float* a, int chunks, int depth, nint jump, float* b, float* c, nint stride, bool add)
        where TForm : struct, IOperandForm
    {
        Vector256<float> l0 = default, r0 = default, l1 = default, r1 = default;
        Vector256<float> l2 = default, r2 = default, l3 = default, r3 = default;
        for (; chunks > 0; chunks--, a += jump)
        {
            for (var k = depth; k > 0; k--, a += TForm.DepthStep, b += 16)
            {
                Vector256<float> left = Vector256.Load(b), right = Vector256.Load(b + 8), x = Vector256.Create(a[0]);
                (l0, r0) = (Vector256.FusedMultiplyAdd(x, left, l0), Vector256.FusedMultiplyAdd(x, right, r0));
                x = Vector256.Create(a[TForm.RowStep]);
                (l1, r1) = (Vector256.FusedMultiplyAdd(x, left, l1), Vector256.FusedMultiplyAdd(x, right, r1));
                x = Vector256.Create(a[2 * TForm.RowStep]);
                (l2, r2) = (Vector256.FusedMultiplyAdd(x, left, l2), Vector256.FusedMultiplyAdd(x, right, r2));
                x = Vector256.Create(a[3 * TForm.RowStep]);
                (l3, r3) = (Vector256.FusedMultiplyAdd(x, left, l3), Vector256.FusedMultiplyAdd(x, right, r3));
            }
        }
        Store(c, l0, r0, add);
        Store(c + stride, l1, r1, add);
        Store(c + (2 * stride), l2, r2, add);
        Store(c + (3 * stride), l3, r3, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector256<float> left, Vector256<float> right, bool add)
    {
        (add ? Vector256.Load(c) + left : left).Store(c);
        (add ? Vector256.Load(c + 8) + right : right).Store(c + 8);
    }
}
