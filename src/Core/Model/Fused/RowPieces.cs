using System.Runtime.Intrinsics;
using MoELab.Interop.Torch;

namespace MoELab.Model.Fused;

/// <summary>
/// Rows in pieces of a fixed size, distributed over threads. Pieces, not threads, own partial sums, so that a sum over rows does
/// not depend on how many threads there are.
/// </summary>
internal static unsafe class RowPieces
{
    private const int PieceRows = 64;

    /// <summary>The number of pieces.</summary>
    internal static int Count(long rows) => checked((int)((rows + PieceRows - 1) / PieceRows));

    /// <summary>Runs the body on each piece: its number, its first row and the row after its last.</summary>
    internal static void Run(long rows, Action<int, long, long> body) =>
        NativeTorch.Run(Count(rows), (_, piece) => body(piece, (long)piece * PieceRows, Math.Min(rows, (piece + 1L) * PieceRows)));

    /// <summary>1 / sqrt(mean of squares + eps).</summary>
    internal static float InverseRms(float* x, int width, double eps) => (float)(1 / Math.Sqrt((Dot(x, x, width) / (double)width) + eps));

    /// <summary>Sum of products.</summary>
    internal static float Dot(float* a, float* b, int width)
    {
        var sums = Vector256<float>.Zero;
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
            sums = Vector256.FusedMultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), sums);
        var sum = Vector256.Sum(sums);
        for (; i < width; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>y = x * gain * r, plus another row if there is one.</summary>
    internal static void Scale(float* x, float* gain, float r, float* plus, float* y, int width)
    {
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var v = Vector256.Load(x + i) * r * Vector256.Load(gain + i);
            (plus == null ? v : v + Vector256.Load(plus + i)).Store(y + i);
        }
        for (; i < width; i++)
            y[i] = (x[i] * r * gain[i]) + (plus == null ? 0 : plus[i]);
    }

    /// <summary>Gradients of a norm's row: dx is set, the gain's is added to.</summary>
    internal static void NormBackward(float* dy, float* x, float* gain, float r, float* dx, float* dGain, int width)
    {
        var sums = Vector256<float>.Zero;
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> d = Vector256.Load(dy + i), v = Vector256.Load(x + i);
            var dv = d * v;
            Vector256.FusedMultiplyAdd(dv, Vector256.Create(r), Vector256.Load(dGain + i)).Store(dGain + i);
            sums = Vector256.FusedMultiplyAdd(dv, Vector256.Load(gain + i), sums);
        }
        var dot = Vector256.Sum(sums);
        for (; i < width; i++)
        {
            dGain[i] += dy[i] * x[i] * r;
            dot += dy[i] * x[i] * gain[i];
        }
        var shrink = r * r * r * dot / width;
        for (i = 0; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
            ((Vector256.Load(dy + i) * Vector256.Load(gain + i) * r) - (Vector256.Load(x + i) * shrink)).Store(dx + i);
        for (; i < width; i++)
            dx[i] = (dy[i] * gain[i] * r) - (x[i] * shrink);
    }
}
