using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearRegression;
using MathNet.Numerics.Optimization;

namespace MoELab.Studies.Statistics;

/// <summary>
/// A fitted law in the coordinates of its fit, with x = ln C less its mean. Linf and alpha known: L = Linf + b0 exp(-alpha x). Linf known:
/// ln(L - Linf) = b0 - b1 x. Nothing known: L = b0 + exp(b1 - b2 x).
/// </summary>
internal sealed record LadderFit(
    double Centre, double[] Coefficients, Matrix<double> Covariance, double Deviation, int Freedom, double? KnownExponent, double? KnownFloor)
{
    // Beyond these a power law over a few decades is a step or a straight line.
    private const double LeastExponent = 1e-3, MostExponent = 2;

    public double Floor => KnownFloor ?? Coefficients[0];

    public double Exponent => KnownExponent ?? Coefficients[^1];

    /// <summary>A of L = Linf + A C^-alpha.</summary>
    public double Scale => (KnownExponent is null ? Math.Exp(Coefficients[KnownFloor is null ? 1 : 0]) : Coefficients[0]) * Math.Exp(Exponent * Centre);

    /// <summary>Floor and exponent known: a straight line through the origin of L - Linf over exp(-alpha x).</summary>
    public static LadderFit OfScale(double[] x, double centre, double[] above, double floor, double exponent)
    {
        double[] power = [.. x.Select(v => Math.Exp(-exponent * v))];
        // By hand: MathNet's line through the origin asks for two points, and one fixes a scale.
        var scale = above.Zip(power, (l, p) => l * p).Sum() / power.Sum(p => p * p);
        var squares = above.Zip(power, (l, p) => l - (scale * p)).Sum(r => r * r);
        return Finished(centre, [scale], Matrix<double>.Build.Dense(x.Length, 1, power), squares, exponent, floor);
    }

    /// <summary>Floor known: a straight line through ln(L - Linf) over x.</summary>
    public static LadderFit OfLine(double[] x, double centre, double[] y, double floor)
    {
        var (intercept, slope) = SimpleRegression.Fit(x, y);
        var jacobian = Matrix<double>.Build.Dense(x.Length, 2, (i, c) => c == 0 ? 1 : -x[i]);
        var squares = y.Zip(x, (v, at) => v - intercept - (slope * at)).Sum(r => r * r);
        return Finished(centre, [intercept, -slope], jacobian, squares, null, floor);
    }

    /// <summary>Nothing known: least squares of the losses by Levenberg and Marquardt, from the best of a grid of exponents.</summary>
    public static LadderFit OfCurve(double[] x, double centre, double[] losses)
    {
        var grid = Enumerable.Range(0, 200).Select(i => LeastExponent * Math.Pow(MostExponent / LeastExponent, i / 199.0));
        var start = grid.Select(a => Linear(x, losses, a)).MinBy(s => s.Squares);
        if (start.Coefficients[1] <= 0)
            throw new InputException("the losses of the ladder do not fall with compute; expected a ladder whose larger budgets reach lower losses");
        double[] first = [start.Coefficients[0], Math.Log(start.Coefficients[1]), start.Exponent];
        var vectors = Vector<double>.Build;
        var model = ObjectiveFunction.NonlinearModel((p, at) => at.Map(v => p[0] + Math.Exp(p[1] - (p[2] * v))), (p, at) => Jacobian(p, at.AsArray()),
            vectors.DenseOfArray(x), vectors.DenseOfArray(losses), null);
        var found = new LevenbergMarquardtMinimizer(1e-3, 1e-20, 1e-20, 1e-28, 1000).FindMinimum(model, vectors.DenseOfArray(first)).MinimizingPoint;
        if (!(found[2] is > LeastExponent * 1.01 and < MostExponent * 0.99))
        {
            throw new InputException("the losses of the ladder fix no floor: over these budgets no power law above a floor fits better than its limits; "
                + "give the floor, or train more rungs");
        }
        var squares = losses.Zip(x, (l, at) => l - found[0] - Math.Exp(found[1] - (found[2] * at))).Sum(r => r * r);
        return Finished(centre, found.ToArray(), Jacobian(found, x), squares, null, null);
    }

    /// <summary>The interval of the law, and of one more run, at x.</summary>
    public (Interval? Band, Interval? NewRun) Bands(double x, double level)
    {
        if (Freedom < 1)
            return (null, null);
        var gradient = Vector<double>.Build.DenseOfArray(
            KnownExponent is { } known ? [Math.Exp(-known * x)] : KnownFloor is null ? Row(Coefficients, x) : [1, -x]);
        var variance = Math.Max(0, gradient.DotProduct(Covariance * gradient));
        var point = StudentTest.Point(level, Freedom);
        var middle = KnownExponent is not null ? KnownFloor!.Value + (Coefficients[0] * gradient[0])
            : KnownFloor is null ? Coefficients[0] + gradient[1] : Coefficients[0] - (Exponent * x);
        return (Around(Math.Sqrt(variance)), Around(Math.Sqrt(variance + (Deviation * Deviation))));
        Interval Around(double error)
        {
            var (low, high) = (middle - (point * error), middle + (point * error));
            return KnownFloor is { } floor && KnownExponent is null ? new(floor + Math.Exp(low), floor + Math.Exp(high), level) : new(low, high, level);
        }
    }

    private static LadderFit Finished(double centre, double[] coefficients, Matrix<double> jacobian, double squares, double? exponent, double? floor)
    {
        var freedom = jacobian.RowCount - jacobian.ColumnCount;
        var variance = freedom == 0 ? 0 : squares / freedom;
        return new(centre, coefficients, variance * jacobian.TransposeThisAndMultiply(jacobian).Inverse(), Math.Sqrt(variance), freedom, exponent, floor);
    }

    // With the exponent given, the law is linear in the floor and the scale.
    private static (double Exponent, double Squares, double[] Coefficients) Linear(double[] x, double[] losses, double exponent)
    {
        double[] power = [.. x.Select(v => Math.Exp(-exponent * v))];
        var (floor, scale) = SimpleRegression.Fit(power, losses);
        return (exponent, losses.Zip(power, (l, p) => l - floor - (scale * p)).Sum(r => r * r), [floor, scale]);
    }

    private static Matrix<double> Jacobian(Vector<double> p, double[] x) => Matrix<double>.Build.DenseOfRowArrays(x.Select(v => Row(p.ToArray(), v)));

    private static double[] Row(double[] p, double x) => Math.Exp(p[1] - (p[2] * x)) is var part ? [1, part, -x * part] : [];
}
