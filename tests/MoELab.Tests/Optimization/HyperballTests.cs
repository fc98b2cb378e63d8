using MoELab.Optimization;

namespace MoELab.Tests.Optimization;

/// <summary>MuonH and AdamH against their formula in doubles, and the traps that others ran into.</summary>
public sealed class HyperballTests : IDisposable
{
    private const double Rate = 0.05;
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("muonh", true)]
    [InlineData("muonh", false)]
    [InlineData("adamh", true)]
    public void A_step_moves_by_a_share_of_the_norm_and_gives_the_norm_back(string name, bool nesterov)
    {
        using var c = new OptimizerCase(name, name == "muonh" ? new JsonObject { ["nesterov"] = nesterov, ["momentum"] = 0.9 } : []);
        var start = c.AllValues();
        var gradients = Train(c, 4);
        for (var i = 0; i < start.Length; i++)
        {
            var (parameter, values) = (c.Parameters[i], OptimizerCase.Floats(c.Parameters[i].Value));
            var (rows, columns) = ((int)parameter.FanOut, (int)parameter.FanIn);
            for (var at = 0; at < values.Length; at += rows * columns)
            {
                double[,] Matrix(float[] of) => DoubleMatrix.Map(rows, columns, (r, k) => of[at + (r * columns) + k]);
                double[][,] of = [.. gradients.Select(g => Matrix(g[i]))];
                var directions = name == "muonh" ? MuonDirections(of, 0.9, nesterov) : AdamDirections(of, 0.9, 0.95);
                var expected = directions.Aggregate(Matrix(start[i]), OnBall);
                Assert.All(expected.Cast<double>().Zip(values[at..(at + (rows * columns))]), p => Assert.Equal(p.First, p.Second, 2e-4));
            }
        }
    }

    [Theory, InlineData("muonh"), InlineData("adamh")]
    public void The_norm_of_every_matrix_stays_as_it_was(string name)
    {
        using var c = new OptimizerCase(name);
        var before = c.Parameters.Select(Norms).ToArray();
        Train(c, 200);
        foreach (var (norms, parameter) in before.Zip(c.Parameters))
            Assert.All(norms.Zip(Norms(parameter)), p => Assert.Equal(1, p.Second / p.First, 2e-6));
    }

    // The norm of a stack [E, ...] is not each expert's: with one norm for all, experts exchange length.
    [Theory, InlineData("muonh"), InlineData("adamh")]
    [Trait("bug", "hyperball-norm-scope")]
    public void With_the_tensors_norm_only_the_stacks_norm_stays(string name)
    {
        using var c = new OptimizerCase(name, new JsonObject { ["norm_scope"] = "tensor" });
        var stack = c.Parameters.Single(p => p.Name == "experts.w2");
        var before = Norms(stack);
        Train(c, 20);
        var after = Norms(stack);
        Assert.Equal(1, Length(after) / Length(before), 2e-6);
        Assert.Contains(before.Zip(after), p => Math.Abs((p.Second / p.First) - 1) > 1e-3);
    }

    [Theory, InlineData("muonh"), InlineData("adamh")]
    [Trait("bug", "hyperball-norm-scope")]
    public void Gate_and_up_taken_as_one_matrix_step_differently(string name)
    {
        float[] Step(int splits, string scope)
        {
            using var c = new OptimizerCase(name, new JsonObject { ["norm_scope"] = scope }, OptimizerCase.New("w13", ParameterRole.Hidden, splits, 8, 6));
            c.Gradients(0, (_, g) => torch.cat([g.narrow(0, 0, 4), g.narrow(0, 4, 4) * 7]));
            c.Step(Rate);
            return c.Values("w13");
        }
        var apart = Step(2, "matrix");
        Assert.True(Distance(apart, Step(1, "matrix")) > 1e-3);
        Assert.True(Distance(apart, Step(2, "tensor")) > 1e-3);
    }

    // The length of the gradient does not count, but where it is 0 there is no direction at all.
    [Theory, InlineData("muonh", "matrix"), InlineData("muonh", "tensor"), InlineData("adamh", "matrix"), InlineData("adamh", "tensor")]
    public void A_weight_of_zeros_has_no_norm_to_move_by(string name, string scope)
    {
        using var c = new OptimizerCase(name, new JsonObject { ["norm_scope"] = scope });
        using (torch.no_grad())
            c.Parameters[0].Value.zero_();
        Train(c, 3);
        Assert.All(c.Values("square"), v => Assert.Equal(0, v));
        Assert.DoesNotContain(c.AllValues().SelectMany(v => v), v => !float.IsFinite(v));
    }

    [Theory, InlineData("muonh"), InlineData("adamh")]
    public void A_vector_is_rejected_in_one_sentence(string name)
    {
        using var gain = OptimizerCase.New("norm.weight", ParameterRole.Vectors, 1, 6).Value;
        var sentence = Assert.Throws<InputException>(() =>
            OptimizerCase.Create(name).CreateState([new Parameter("norm.weight", gain, ParameterRole.Vectors)])).Message;
        Assert.Equal($"optimizer.groups.vectors: '{name}' {(name == "muonh" ? "orthogonalises matrices" : "keeps the norm of matrices")}, "
            + "but 'norm.weight' is a vector; expected an optimizer such as 'adamw'", sentence);
    }

    private static double[,] OnBall(double[,] w, double[,] u)
    {
        var (rows, columns) = (w.GetLength(0), w.GetLength(1));
        var (norm, factor) = (DoubleMatrix.Norm(w), Rate * DoubleMatrix.Norm(w) / DoubleMatrix.Norm(u));
        var moved = DoubleMatrix.Map(rows, columns, (i, j) => w[i, j] - (factor * u[i, j]));
        var back = norm / DoubleMatrix.Norm(moved);
        return DoubleMatrix.Map(rows, columns, (i, j) => moved[i, j] * back);
    }

    private static IEnumerable<double[,]> MuonDirections(double[][,] gradients, double momentum, bool nesterov)
    {
        var (rows, columns) = (gradients[0].GetLength(0), gradients[0].GetLength(1));
        var b = new double[rows, columns];
        foreach (var g in gradients)
        {
            var old = b;
            b = DoubleMatrix.Map(rows, columns, (i, j) => (momentum * old[i, j]) + g[i, j]);
            var kept = b;
            yield return DoubleMatrix.Orthogonalize(
                nesterov ? DoubleMatrix.Map(rows, columns, (i, j) => g[i, j] + (momentum * kept[i, j])) : b, NewtonSchulzCoefficients.Simple, 5);
        }
    }

    private static IEnumerable<double[,]> AdamDirections(double[][,] gradients, double beta1, double beta2)
    {
        var (rows, columns) = (gradients[0].GetLength(0), gradients[0].GetLength(1));
        var (m, v) = (new double[rows, columns], new double[rows, columns]);
        for (var t = 1; t <= gradients.Length; t++)
        {
            var (g, mOld, vOld, step) = (gradients[t - 1], m, v, t);
            m = DoubleMatrix.Map(rows, columns, (i, j) => (beta1 * mOld[i, j]) + ((1 - beta1) * g[i, j]));
            v = DoubleMatrix.Map(rows, columns, (i, j) => (beta2 * vOld[i, j]) + ((1 - beta2) * g[i, j] * g[i, j]));
            var (mNow, vNow) = (m, v);
            yield return DoubleMatrix.Map(rows, columns, (i, j) =>
                mNow[i, j] / (1 - Math.Pow(beta1, step)) / (Math.Sqrt(vNow[i, j] / (1 - Math.Pow(beta2, step))) + 1e-8));
        }
    }

    private static double[] Norms(Parameter parameter) =>
        [.. OptimizerCase.Floats(parameter.Value).Chunk((int)(parameter.FanOut * parameter.FanIn)).Select(m => Length(m.Select(x => (double)x)))];

    private static double Length(IEnumerable<double> values) => Math.Sqrt(values.Sum(v => v * v));

    private static double Distance(float[] a, float[] b) => a.Zip(b).Max(p => Math.Abs(p.First - p.Second));

    private static float[][][] Train(OptimizerCase c, int steps)
    {
        var gradients = new float[steps][][];
        for (var step = 0; step < steps; step++)
        {
            c.Gradients(step);
            gradients[step] = [.. c.Parameters.Select(p => OptimizerCase.Floats(p.Value.grad!))];
            c.Step(Rate);
        }
        return gradients;
    }
}
