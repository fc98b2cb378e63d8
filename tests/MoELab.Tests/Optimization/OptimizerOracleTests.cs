using MoELab.Optimization;

namespace MoELab.Tests.Optimization;

/// <summary>Each optimizer against its paper's update, written in doubles, over several steps.</summary>
public sealed class OptimizerOracleTests : IDisposable
{
    private const int Steps = 5;
    private const double Rate = 0.03;
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.9, 0.95, 1e-8, 0.0)]
    [InlineData(0.8, 0.99, 1e-2, 0.5)]
    [InlineData(0.0, 0.0, 1e-8, 0.1)]
    public void AdamW_corrects_the_bias_of_its_moments_and_decays_apart_from_them(double beta1, double beta2, double eps, double decay) =>
        Elementwise("adamw", new JsonObject { ["beta1"] = beta1, ["beta2"] = beta2, ["eps"] = eps, ["weight_decay"] = decay }, (w, gradients) =>
        {
            double m = 0, v = 0;
            for (var t = 1; t <= gradients.Length; t++)
            {
                var g = gradients[t - 1];
                (m, v) = ((beta1 * m) + ((1 - beta1) * g), (beta2 * v) + ((1 - beta2) * g * g));
                var (mHat, vHat) = (m / (1 - Math.Pow(beta1, t)), v / (1 - Math.Pow(beta2, t)));
                w -= Rate * decay * w;
                w -= Rate * mHat / (Math.Sqrt(vHat) + eps);
            }
            return w;
        });

    [Theory]
    [InlineData(0.9, 0.99, 0.0)]
    [InlineData(0.95, 0.98, 0.4)]
    public void Lion_takes_the_sign_of_an_interpolation_and_then_moves_its_momentum(double beta1, double beta2, double decay) =>
        Elementwise("lion", new JsonObject { ["beta1"] = beta1, ["beta2"] = beta2, ["weight_decay"] = decay }, (w, gradients) =>
        {
            double m = 0;
            foreach (var g in gradients)
            {
                w -= Rate * (Math.Sign((beta1 * m) + ((1 - beta1) * g)) + (decay * w));
                m = (beta2 * m) + ((1 - beta2) * g);
            }
            return w;
        });

    [Theory]
    [InlineData("jordan", true, 0.0, "simple", 5)]
    [InlineData("jordan", false, 0.0, "simple", 5)]
    [InlineData("match-rms", true, 0.3, "simple", 5)]
    [InlineData("jordan", true, 0.3, "quintic", 5)]
    [InlineData("match-rms", false, 0.0, "polar-express", 8)]
    public void Muon_orthogonalises_the_momentum(string scale, bool nesterov, double decay, string set, int steps)
    {
        var coefficients = Enum.GetValues<NewtonSchulzCoefficients>().Single(c => c.ToString().Equals(set.Replace("-", ""), StringComparison.OrdinalIgnoreCase));
        const double Momentum = 0.9;
        PerMatrix("muon", new JsonObject { ["momentum"] = Momentum, ["nesterov"] = nesterov, ["weight_decay"] = decay, ["scale"] = scale, ["coefficients"] = set, ["steps"] = steps }, (w, gradients) =>
        {
            var (rows, columns) = (w.GetLength(0), w.GetLength(1));
            var factor = scale == "jordan" ? Math.Sqrt(Math.Max(1, (double)rows / columns)) : 0.2 * Math.Sqrt(Math.Max(rows, columns));
            var b = new double[rows, columns];
            foreach (var g in gradients)
            {
                var old = b;
                b = DoubleMatrix.Map(rows, columns, (i, j) => (Momentum * old[i, j]) + g[i, j]);
                var u = DoubleMatrix.Orthogonalize(nesterov ? DoubleMatrix.Map(rows, columns, (i, j) => g[i, j] + (Momentum * b[i, j])) : b, coefficients, steps);
                var at = w;
                w = DoubleMatrix.Map(rows, columns, (i, j) => (at[i, j] * (1 - (Rate * decay))) - (Rate * factor * u[i, j]));
            }
            return w;
        });
    }

    [Theory]
    [InlineData(false, 0.0)]
    [InlineData(true, 0.2)]
    public void NorMuon_divides_rows_by_their_second_moment_and_brings_the_update_to_the_rms_of_AdamW(bool nesterov, double decay)
    {
        const double Beta1 = 0.9, Beta2 = 0.8, Eps = 1e-8;
        PerMatrix("normuon", new JsonObject { ["momentum"] = Beta1, ["beta2"] = Beta2, ["eps"] = Eps, ["nesterov"] = nesterov, ["weight_decay"] = decay }, (w, gradients) =>
        {
            var (rows, columns) = (w.GetLength(0), w.GetLength(1));
            var m = new double[rows, columns];
            var v = new double[rows];
            foreach (var g in gradients)
            {
                var old = m;
                m = DoubleMatrix.Map(rows, columns, (i, j) => (Beta1 * old[i, j]) + ((1 - Beta1) * g[i, j]));
                var o = DoubleMatrix.Orthogonalize(nesterov ? DoubleMatrix.Map(rows, columns, (i, j) => (Beta1 * m[i, j]) + ((1 - Beta1) * g[i, j])) : m, NewtonSchulzCoefficients.Simple, 5);
                for (var i = 0; i < rows; i++)
                    v[i] = (Beta2 * v[i]) + ((1 - Beta2) * Enumerable.Range(0, columns).Average(j => o[i, j] * o[i, j]));
                var scaled = DoubleMatrix.Map(rows, columns, (i, j) => o[i, j] / Math.Sqrt(v[i] + Eps));
                var (at, factor) = (w, 0.2 * Math.Sqrt(rows * columns) / DoubleMatrix.Norm(scaled));
                w = DoubleMatrix.Map(rows, columns, (i, j) => (at[i, j] * (1 - (Rate * decay))) - (Rate * factor * scaled[i, j]));
            }
            return w;
        });
    }

    [Fact]
    public void The_root_mean_square_of_a_step_is_what_each_rule_says()
    {
        // Orthonormal rows or columns have min(m, n) unit singular values: an RMS of 1 / sqrt(max(m, n)).
        Assert.Equal(1 / Math.Sqrt(9), StepRms("muon", "tall", "jordan") / Math.Sqrt(9.0 / 4), 0.03);
        Assert.Equal(1 / Math.Sqrt(6), StepRms("muon", "router", "jordan"), 0.03);
        foreach (var parameter in new[] { "square", "tall", "router", "experts.w13", "experts.w2" })
        {
            Assert.Equal(0.2, StepRms("muon", parameter, "match-rms"), 0.02);
            Assert.Equal(0.2, StepRms("normuon", parameter, null), 1e-5);
        }
    }

    private static double StepRms(string optimizer, string parameter, string? scale)
    {
        var options = scale is null ? new JsonObject() : new JsonObject { ["scale"] = scale, ["coefficients"] = "polar-express", ["steps"] = 10 };
        using var c = new OptimizerCase(optimizer, options);
        var before = c.Values(parameter);
        c.Gradients(0);
        c.Step(1);
        return Math.Sqrt(before.Zip(c.Values(parameter)).Average(p => Math.Pow(p.First - p.Second, 2)));
    }

    private static void Elementwise(string name, JsonObject options, Func<double, double[], double> oracle)
    {
        using var c = new OptimizerCase(name, options);
        var start = c.AllValues();
        var gradients = Train(c);
        for (var i = 0; i < start.Length; i++)
        {
            var (vector, values) = (!c.Parameters[i].IsMatrix, OptimizerCase.Floats(c.Parameters[i].Value));
            if (vector && options["weight_decay"]!.GetValue<double>() > 0)
                continue;
            for (var j = 0; j < values.Length; j++)
                Assert.Equal(oracle(start[i][j], [.. gradients.Select(g => (double)g[i][j])]), values[j], 1e-5);
        }
    }

    private static void PerMatrix(string name, JsonObject options, Func<double[,], double[][,], double[,]> oracle)
    {
        using var c = new OptimizerCase(name, options);
        var start = c.AllValues();
        var gradients = Train(c);
        for (var i = 0; i < start.Length; i++)
        {
            var (parameter, values) = (c.Parameters[i], OptimizerCase.Floats(c.Parameters[i].Value));
            var size = (int)(parameter.FanOut * parameter.FanIn);
            for (var at = 0; at < values.Length; at += size)
            {
                double[,] Matrix(float[] of) => DoubleMatrix.Map((int)parameter.FanOut, (int)parameter.FanIn, (r, k) => of[at + (r * parameter.FanIn) + k]);
                var expected = oracle(Matrix(start[i]), [.. gradients.Select(g => Matrix(g[i]))]);
                Assert.All(expected.Cast<double>().Zip(values[at..(at + size)]), p => Assert.Equal(p.First, p.Second, 2e-4));
            }
        }
    }

    /// <summary>Trains a few steps and returns each step's gradients.</summary>
    private static float[][][] Train(OptimizerCase c)
    {
        var gradients = new float[Steps][][];
        for (var step = 0; step < Steps; step++)
        {
            c.Gradients(step);
            gradients[step] = [.. c.Parameters.Select(p => OptimizerCase.Floats(p.Value.grad!))];
            c.Step(Rate);
        }
        return gradients;
    }
}
