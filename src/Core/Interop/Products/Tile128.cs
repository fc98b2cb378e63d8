using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Interop.Products;

/// <summary>A register tile of 8 rows by two vectors of 4, for processors with 32 short vector registers.</summary>
internal static unsafe class Tile128
{
    /// <summary>
    /// Sums over <paramref name="chunks"/> runs of <paramref name="depth"/> terms; after each run the left operand moves on by
    /// <paramref name="jump"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<TForm>(float* a, int chunks, int depth, nint jump, float* b, float* c, nint stride, bool add)
        where TForm : struct, IOperandForm
    {
        Vector128<float> l0 = default, r0 = default, l1 = default, r1 = default, l2 = default, r2 = default, l3 = default, r3 = default;
        Vector128<float> l4 = default, r4 = default, l5 = default, r5 = default, l6 = default, r6 = default, l7 = default, r7 = default;
        for (; chunks > 0; chunks--, a += jump)
        {
            for (var k = depth; k > 0; k--, a += TForm.DepthStep, b += 8)
            {
                Vector128<float> left = Vector128.Load(b), right = Vector128.Load(b + 4), x = Vector128.Create(a[0]);
                (l0, r0) = (Vector128.FusedMultiplyAdd(x, left, l0), Vector128.FusedMultiplyAdd(x, right, r0));
                x = Vector128.Create(a[TForm.RowStep]);
                (l1, r1) = (Vector128.FusedMultiplyAdd(x, left, l1), Vector128.FusedMultiplyAdd(x, right, r1));
                x = Vector128.Create(a[2 * TForm.RowStep]);
                (l2, r2) = (Vector128.FusedMultiplyAdd(x, left, l2), Vector128.FusedMultiplyAdd(x, right, r2));
                x = Vector128.Create(a[3 * TForm.RowStep]);
                (l3, r3) = (Vector128.FusedMultiplyAdd(x, left, l3), Vector128.FusedMultiplyAdd(x, right, r3));
                x = Vector128.Create(a[4 * TForm.RowStep]);
                (l4, r4) = (Vector128.FusedMultiplyAdd(x, left, l4), Vector128.FusedMultiplyAdd(x, right, r4));
                x = Vector128.Create(a[5 * TForm.RowStep]);
                (l5, r5) = (Vector128.FusedMultiplyAdd(x, left, l5), Vector128.FusedMultiplyAdd(x, right, r5));
                x = Vector128.Create(a[6 * TForm.RowStep]);
                (l6, r6) = (Vector128.FusedMultiplyAdd(x, left, l6), Vector128.FusedMultiplyAdd(x, right, r6));
                x = Vector128.Create(a[7 * TForm.RowStep]);
                (l7, r7) = (Vector128.FusedMultiplyAdd(x, left, l7), Vector128.FusedMultiplyAdd(x, right, r7));
            }
        }
        Store(c, l0, r0, add);
        Store(c + stride, l1, r1, add);
        Store(c + (2 * stride), l2, r2, add);
        Store(c + (3 * stride), l3, r3, add);
        Store(c + (4 * stride), l4, r4, add);
        Store(c + (5 * stride), l5, r5, add);
        Store(c + (6 * stride), l6, r6, add);
        Store(c + (7 * stride), l7, r7, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector128<float> left, Vector128<float> right, bool add)
    {
        (add ? Vector128.Load(c) + left : left).Store(c);
        (add ? Vector128.Load(c + 4) + right : right).Store(c + 4);
    }
}
