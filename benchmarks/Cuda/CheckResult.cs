namespace MoELab.CudaCheck;

/// <summary>How far a kernel's output is from the oracle.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Output">Which of its outputs.</param>
/// <param name="Case">On which problem.</param>
/// <param name="Error">The largest difference, as a share of the largest expected number; not a number where one is missing.</param>
/// <param name="Tolerance">What its number format allows.</param>
internal sealed record CheckResult(string Kernel, string Output, string Case, double Error, double Tolerance)
{
    internal bool Passed => Error <= Tolerance;

    internal static CheckResult Of(string kernel, string output, string name, double[] expected, double[] actual, double tolerance)
    {
        var scale = Math.Max(1e-6, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Math.Abs(expected[i] - actual[i]) / scale;
            // What is no number is worse than anything.
            worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
        }
        return new CheckResult(kernel, output, name, worst, tolerance);
    }
}
