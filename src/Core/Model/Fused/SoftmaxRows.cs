using System.Runtime.Intrinsics;
using MoELab.Interop.Products;

namespace MoELab.Model.Fused;

/// <summary>
/// Softmax of a row of scores that lies in panels, a piece of <see cref="PanelSize.Width"/> numbers in each. Columns count from the row's
/// first panel; only those in [from, end) are seen, the others become zero.
/// </summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Scores become exponentials, shifted by the largest of them.</summary>
    /// <param name="row">The row in its first panel.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="step">Floats from a panel to the next.</param>
    /// <param name="from">First column that is seen.</param>
    /// <param name="end">The column after the last.</param>
    /// <returns>The largest score and the sum of the exponentials.</returns>
    internal static (float Largest, float Sum) Exponentials(float* row, int panels, nint step, int from, int end)
    {
        var width = PanelSize.Width;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> most = Vector512.Create(float.NegativeInfinity), sums = default;
            for (var i = 0; i < panels * width; i += 16)
                most = Vector512.Max(most, Vector512.ConditionalSelect(Seen512(i, from, end), Vector512.Load(At(row, i, step)), most));
            var shift = Largest(most.GetLower(), most.GetUpper());
            for (var i = 0; i < panels * width; i += 16)
            {
                var at = At(row, i, step);
                var e = Seen512(i, from, end) & VectorMath.Exp(Vector512.Load(at) - Vector512.Create(shift));
                e.Store(at);
                sums += e;
            }
            return (shift, Vector512.Sum(sums));
        }
        Vector256<float> largest = Vector256.Create(float.NegativeInfinity), sum = default;
        for (var i = 0; i < panels * width; i += 8)
            largest = Vector256.Max(largest, Vector256.ConditionalSelect(Seen256(i, from, end), Vector256.Load(At(row, i, step)), largest));
        var by = Largest(largest, largest);
        for (var i = 0; i < panels * width; i += 8)
        {
            var at = At(row, i, step);
            var e = Seen256(i, from, end) & VectorMath.Exp(Vector256.Load(at) - Vector256.Create(by));
            e.Store(at);
            sum += e;
        }
        return (by, Vector256.Sum(sum));
    }

    /// <summary>In one panel, scores become probabilities, and their gradient becomes that of the scores.</summary>
    /// <param name="scores">The row's scores.</param>
    /// <param name="gradient">The gradient of its probabilities.</param>
    /// <param name="logSum">Log of the sum of the row's exponentials.</param>
    /// <param name="mean">The gradient's mean over the row's probabilities.</param>
    /// <param name="from">First column of this panel that is seen.</param>
    /// <param name="end">The column after the last.</param>
    internal static void Backward(float* scores, float* gradient, float logSum, float mean, int from, int end)
    {
        var width = PanelSize.Width;
        if (Vector512.IsHardwareAccelerated)
        {
            for (var i = 0; i < width; i += 16)
            {
                var seen = Seen512(i, from, end);
                var p = seen & VectorMath.Exp(Vector512.Load(scores + i) - Vector512.Create(logSum));
                p.Store(scores + i);
                // A row beyond the block's last has an arbitrary mean from uninitialised memory, and zero times it may not be zero.
                (seen & (p * (Vector512.Load(gradient + i) - Vector512.Create(mean)))).Store(gradient + i);
            }
            return;
        }
        for (var i = 0; i < width; i += 8)
        {
            var seen = Seen256(i, from, end);
            var p = seen & VectorMath.Exp(Vector256.Load(scores + i) - Vector256.Create(logSum));
            p.Store(scores + i);
            // A row beyond the block's last has an arbitrary mean from uninitialised memory, and zero times it may not be zero.
            (seen & (p * (Vector256.Load(gradient + i) - Vector256.Create(mean)))).Store(gradient + i);
        }
    }

    // Panels are 32, 16 or 8 wide; a vector never reaches over a panel's edge.
    private static float* At(float* row, int column, nint step) => row + (column / PanelSize.Width * step) + (column % PanelSize.Width);

    private static Vector512<float> Seen512(int column, int from, int end)
    {
        var index = Vector512<int>.Indices + Vector512.Create(column);
        return (Vector512.GreaterThanOrEqual(index, Vector512.Create(from)) & Vector512.LessThan(index, Vector512.Create(end))).AsSingle();
    }

    private static Vector256<float> Seen256(int column, int from, int end)
    {
        var index = Vector256<int>.Indices + Vector256.Create(column);
        return (Vector256.GreaterThanOrEqual(index, Vector256.Create(from)) & Vector256.LessThan(index, Vector256.Create(end))).AsSingle();
    }

    private static float Largest(Vector256<float> a, Vector256<float> b)
    {
        var four = Vector256.Max(a, b);
        var two = Vector128.Max(four.GetLower(), four.GetUpper());
        return Math.Max(Math.Max(two[0], two[1]), Math.Max(two[2], two[3]));
    }
}
