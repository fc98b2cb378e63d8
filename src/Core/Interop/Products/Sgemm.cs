using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Interop.Products;

/// <summary>
/// A packed float32 matrix product in C# (BLIS scheme: 6 rows by two vectors of accumulators, panels of B packed once per block). It serves as
/// the second yardstick of what the cores can do; the first is libtorch's.
/// </summary>
public static unsafe class Sgemm
{
    private const int Rows = 6, DepthBlock = 256;

    private static int Lanes => Vector512.IsHardwareAccelerated ? 16 : 8;
    private static int Columns => 2 * Lanes;

    /// <summary>c[m, n] += a[m, k] b[k, n], row-major. n is a multiple of 32; a multiple of 6 is fastest for m.</summary>
    /// <exception cref="ArgumentException">n is not a multiple of 32.</exception>
    public static void Add(float[] a, float[] b, float[] c, int m, int n, int k, int threads)
    {
        if (n % Columns != 0)
            throw new ArgumentException($"n is {n}; expected a multiple of {Columns}", nameof(n));
        var stripes = (m + Rows - 1) / Rows;
        for (var k0 = 0; k0 < k; k0 += DepthBlock)
        {
            var depth = Math.Min(DepthBlock, k - k0);
            var packed = Pack(b, n, k0, depth);
            System.Threading.Tasks.Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
            {
                var (from, to) = (stripes * thread / threads, stripes * (thread + 1) / threads);
                var block = new float[Rows * DepthBlock];
                fixed (float* pa = a, pb = packed, pc = c, pBlock = block)
                {
                    for (var stripe = from; stripe < to; stripe++)
                        Stripe(pa, pb, pc, pBlock, stripe * Rows, Math.Min(Rows, m - (stripe * Rows)), n, k, k0, depth);
                }
            });
        }
    }

    private static float[] Pack(float[] b, int n, int k0, int depth)
    {
        var packed = new float[depth * n];
        System.Threading.Tasks.Parallel.For(0, n / Columns, panel =>
        {
            for (var p = 0; p < depth; p++)
                Array.Copy(b, ((k0 + p) * n) + (panel * Columns), packed, ((panel * depth) + p) * Columns, Columns);
        });
        return packed;
    }

    private static void Stripe(float* a, float* b, float* c, float* block, int row, int rows, int n, int k, int k0, int depth)
    {
        for (var p = 0; p < depth; p++)
        {
            for (var r = 0; r < Rows; r++)
                block[(p * Rows) + r] = r < rows ? a[((row + r) * (long)k) + k0 + p] : 0;
        }
        for (var panel = 0; panel < n / Columns; panel++)
        {
            var tile = b + ((long)panel * depth * Columns);
            if (Vector512.IsHardwareAccelerated)
                Tile512(block, tile, c + ((long)row * n) + (panel * Columns), rows, n, depth);
            else
                Tile256(block, tile, c + ((long)row * n) + (panel * Columns), rows, n, depth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile512(float* a, float* b, float* c, int rows, int n, int depth)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector512<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (var p = 0; p < depth; p++, a += 6, b += 32)
        {
            var (b0, b1) = (Vector512.Load(b), Vector512.Load(b + 16));
            var x = Vector512.Create(a[0]);
            (c00, c01) = (Vector512.FusedMultiplyAdd(x, b0, c00), Vector512.FusedMultiplyAdd(x, b1, c01));
            x = Vector512.Create(a[1]);
            (c10, c11) = (Vector512.FusedMultiplyAdd(x, b0, c10), Vector512.FusedMultiplyAdd(x, b1, c11));
            x = Vector512.Create(a[2]);
            (c20, c21) = (Vector512.FusedMultiplyAdd(x, b0, c20), Vector512.FusedMultiplyAdd(x, b1, c21));
            x = Vector512.Create(a[3]);
            (c30, c31) = (Vector512.FusedMultiplyAdd(x, b0, c30), Vector512.FusedMultiplyAdd(x, b1, c31));
            x = Vector512.Create(a[4]);
            (c40, c41) = (Vector512.FusedMultiplyAdd(x, b0, c40), Vector512.FusedMultiplyAdd(x, b1, c41));
            x = Vector512.Create(a[5]);
            (c50, c51) = (Vector512.FusedMultiplyAdd(x, b0, c50), Vector512.FusedMultiplyAdd(x, b1, c51));
        }
        var sums = stackalloc Vector512<float>[] { c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51 };
        for (var r = 0; r < rows; r++, c += n)
        {
            (Vector512.Load(c) + sums[2 * r]).Store(c);
            (Vector512.Load(c + 16) + sums[(2 * r) + 1]).Store(c + 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile256(float* a, float* b, float* c, int rows, int n, int depth)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (var p = 0; p < depth; p++, a += 6, b += 16)
        {
            var (b0, b1) = (Vector256.Load(b), Vector256.Load(b + 8));
            var x = Vector256.Create(a[0]);
            (c00, c01) = (Vector256.FusedMultiplyAdd(x, b0, c00), Vector256.FusedMultiplyAdd(x, b1, c01));
            x = Vector256.Create(a[1]);
            (c10, c11) = (Vector256.FusedMultiplyAdd(x, b0, c10), Vector256.FusedMultiplyAdd(x, b1, c11));
            x = Vector256.Create(a[2]);
            (c20, c21) = (Vector256.FusedMultiplyAdd(x, b0, c20), Vector256.FusedMultiplyAdd(x, b1, c21));
            x = Vector256.Create(a[3]);
            (c30, c31) = (Vector256.FusedMultiplyAdd(x, b0, c30), Vector256.FusedMultiplyAdd(x, b1, c31));
            x = Vector256.Create(a[4]);
            (c40, c41) = (Vector256.FusedMultiplyAdd(x, b0, c40), Vector256.FusedMultiplyAdd(x, b1, c41));
            x = Vector256.Create(a[5]);
            (c50, c51) = (Vector256.FusedMultiplyAdd(x, b0, c50), Vector256.FusedMultiplyAdd(x, b1, c51));
        }
        var sums = stackalloc Vector256<float>[] { c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51 };
        for (var r = 0; r < rows; r++, c += n)
        {
            (Vector256.Load(c) + sums[2 * r]).Store(c);
            (Vector256.Load(c + 8) + sums[(2 * r) + 1]).Store(c + 8);
        }
    }
}
