using MoELab.Optimization;
using MoELab.Randomness;

namespace MoELab.Tests.Optimization;

/// <summary>Matrices as plain arrays of doubles, for oracles.</summary>
internal static class DoubleMatrix
{
    public static double[,] Random(int rows, int columns, string name)
    {
        var random = new Philox(11, "test matrix", name);
        var m = new double[rows, columns];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
                m[i, j] = (float)random.NextNormal();
        }
        return m;
    }

    public static double[,] Product(double[,] a, double[,] b)
    {
        var c = new double[a.GetLength(0), b.GetLength(1)];
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < b.GetLength(1); j++)
            {
                for (var k = 0; k < a.GetLength(1); k++)
                    c[i, j] += a[i, k] * b[k, j];
            }
        }
        return c;
    }

    public static double[,] Transpose(double[,] a) => Map(a.GetLength(1), a.GetLength(0), (i, j) => a[j, i]);

    public static double[,] Map(int rows, int columns, Func<int, int, double> entry)
    {
        var m = new double[rows, columns];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
                m[i, j] = entry(i, j);
        }
        return m;
    }

    public static double Norm(double[,] a) => Math.Sqrt(a.Cast<double>().Sum(x => x * x));

    /// <summary>Columns that are orthonormal, by Gram and Schmidt, twice.</summary>
    public static double[,] Orthonormal(int rows, int columns, string name)
    {
        var q = Random(rows, columns, name);
        for (var pass = 0; pass < 2; pass++)
        {
            for (var j = 0; j < columns; j++)
            {
                for (var k = 0; k < j; k++)
                {
                    var dot = Enumerable.Range(0, rows).Sum(i => q[i, j] * q[i, k]);
                    for (var i = 0; i < rows; i++)
                        q[i, j] -= dot * q[i, k];
                }
                var norm = Math.Sqrt(Enumerable.Range(0, rows).Sum(i => q[i, j] * q[i, j]));
                for (var i = 0; i < rows; i++)
                    q[i, j] /= norm;
            }
        }
        return q;
    }

    /// <summary>U diag(s) V^T.</summary>
    public static double[,] FromSingularValues(double[,] u, IReadOnlyList<double> s, double[,] v) =>
        Product(Map(u.GetLength(0), s.Count, (i, j) => u[i, j] * s[j]), Transpose(v));

    /// <summary>The Newton-Schulz iteration as Muon's author wrote it, in doubles.</summary>
    public static double[,] Orthogonalize(double[,] x, NewtonSchulzCoefficients set, int steps)
    {
        if (x.GetLength(0) > x.GetLength(1))
            return Transpose(Orthogonalize(Transpose(x), set, steps));
        var norm = Norm(x) + 1e-7;
        x = Map(x.GetLength(0), x.GetLength(1), (i, j) => x[i, j] / norm);
        for (var step = 0; step < steps; step++)
        {
            var (a, b, c) = NewtonSchulz.Step(set, step);
            var gram = Product(x, Transpose(x));
            var square = Product(gram, gram);
            var moved = Product(Map(gram.GetLength(0), gram.GetLength(1), (i, j) => (b * gram[i, j]) + (c * square[i, j])), x);
            x = Map(x.GetLength(0), x.GetLength(1), (i, j) => (a * x[i, j]) + moved[i, j]);
        }
        return x;
    }

    /// <summary>A float32 stack of one matrix.</summary>
    public static Tensor Stack(double[,] m) =>
        torch.tensor([.. m.Cast<double>().Select(x => (float)x)], [1, m.GetLength(0), m.GetLength(1)]);

    public static void Near(double[,] expected, Tensor actual, double tolerance)
    {
        var values = actual.contiguous().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        Assert.All(expected.Cast<double>().Zip(values), p => Assert.Equal(p.First, p.Second, tolerance));
    }
}
