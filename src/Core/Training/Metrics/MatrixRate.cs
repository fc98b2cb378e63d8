using System.Diagnostics;
using MoELab.Interop.Products;

namespace MoELab.Training.Metrics;

/// <summary>
/// The denominator of utilisation: the best of libtorch's and C#'s float32 product at 1024^3 on the same cores, re-measured through
/// a run; the median of the measurements counts.
/// </summary>
public sealed class MatrixRate
{
    // Tests, whose runs take less time than one measurement, make it smaller.
    internal static int Size = 1024;
    private readonly List<double> _measured = [];
    private readonly float[] _a = Fill(1), _b = Fill(2), _c = new float[Size * Size];

    /// <summary>Median of the measurements, FLOP/s; the upper of the two of an even number, so that it is always a rate that was measured.</summary>
    public double FlopsPerSecond => _measured.Order().ElementAt(_measured.Count / 2);

    /// <summary>Measures once: each product three times, the fastest counts.</summary>
    public void Measure()
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (a, b) = (torch.tensor(_a).reshape(Size, Size), torch.tensor(_b).reshape(Size, Size));
        var torchRate = Best(() => torch.mm(a, b).Dispose());
        var ownRate = Best(() => Sgemm.Add(_a, _b, _c, Size, Size, Size, torch.get_num_threads()));
        _measured.Add(Math.Max(torchRate, ownRate));
    }

    private static double Best(Action product)
    {
        var best = double.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var start = Stopwatch.GetTimestamp();
            product();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * Size * Size * Size / best;
    }

    private static float[] Fill(int seed)
    {
        // No product is quicker over one number between -0.5 and 0.5 than over another, so these need not be random.
        var values = new float[Size * Size];
        for (var i = 0; i < values.Length; i++)
            values[i] = ((uint)(i + seed) * 2654435761u >> 8) / 16777216f - 0.5f;
        return values;
    }
}
