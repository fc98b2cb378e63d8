using MoELab.Optimization;

namespace MoELab.Tests.Optimization;

public sealed class NewtonSchulzTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    /// <summary>Steps, and the band in which singular values from a hundredth of the norm up end: extrema of the sets' polynomials.</summary>
    public static TheoryData<NewtonSchulzCoefficients, int, double, double> Bands => new()
    {
        { NewtonSchulzCoefficients.Simple, 5, 0.681, 1.135 },
        { NewtonSchulzCoefficients.Quintic, 5, 0.977, 1.033 },
        { NewtonSchulzCoefficients.PolarExpress, 5, 0.870, 1.124 },
        { NewtonSchulzCoefficients.PolarExpress, 8, 0.9999, 1.0001 },
    };

    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 8, 8 }, { 16, 40 }, { 40, 16 }, { 33, 35 }, { 96, 256 }, { 130, 70 }, { 65, 66 } };

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Bands))]
    public void Singular_values_end_in_the_band_of_their_set(NewtonSchulzCoefficients set, int steps, double low, double high)
    {
        // The largest is the norm's greater part, the smallest a hundredth of the norm.
        double[] s = [0.95, 0.25, 0.15, 0.1, 0.05, 0.03, 0.02, 0.0105];
        var x = DoubleMatrix.FromSingularValues(DoubleMatrix.Orthonormal(8, 8, "u"), s, DoubleMatrix.Orthonormal(20, 8, "v"));
        var values = SingularValues(Run(DoubleMatrix.Stack(x), set, steps));
        Assert.All(values, v => Assert.InRange(v, low, high));
    }

    [Theory, MemberData(nameof(Bands))]
    public void Singular_values_follow_the_sets_polynomials_and_singular_vectors_stay(NewtonSchulzCoefficients set, int steps, double low, double high)
    {
        Assert.True(low < high);
        double[] s = [3, 2, 0.7, 0.1, 0.01];
        var norm = Math.Sqrt(s.Sum(v => v * v));
        var (u, w) = (DoubleMatrix.Orthonormal(12, 5, "left"), DoubleMatrix.Orthonormal(7, 5, "right"));
        var expected = DoubleMatrix.FromSingularValues(u, [.. s.Select(v => Polynomial(v / norm, set, steps))], w);
        DoubleMatrix.Near(expected, Run(DoubleMatrix.Stack(DoubleMatrix.FromSingularValues(u, s, w)), set, steps), 2e-4);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Both_paths_follow_the_iteration_in_doubles(int rows, int columns)
    {
        var x = DoubleMatrix.Random(rows, columns, "any");
        foreach (var set in Enum.GetValues<NewtonSchulzCoefficients>())
        {
            var expected = DoubleMatrix.Orthogonalize(x, set, 5);
            DoubleMatrix.Near(expected, Run(DoubleMatrix.Stack(x), set, 5), 1e-4);
            DoubleMatrix.Near(expected, NewtonSchulz.Batched(DoubleMatrix.Stack(x), set, 5), 1e-4);
        }
    }

    [Fact]
    public void Tall_and_wide_are_each_others_transposes()
    {
        var tall = Random(3, 24, 10, "tall");
        Assert.Equal(Floats(Run(tall.transpose(1, 2).contiguous()).transpose(1, 2)), Floats(Run(tall)));
    }

    [Fact]
    [Trait("bug", "newton-schulz-sharded")]
    public void A_stack_gives_each_matrix_what_it_gets_alone()
    {
        var stacks = new[] { Random(5, 16, 12, "first"), Random(2, 12, 16, "second"), Random(1, 16, 12, "third") };
        var together = NewtonSchulz.Orthogonalize(stacks);
        for (var i = 0; i < stacks.Length; i++)
        {
            for (var b = 0; b < stacks[i].shape[0]; b++)
                Assert.Equal(Floats(Run(stacks[i].narrow(0, b, 1))), Floats(together[i].narrow(0, b, 1)));
        }
    }

    [Fact]
    public void A_strided_view_gives_what_its_copy_gives()
    {
        var view = Random(2, 12, 16, "view").transpose(1, 2);
        Assert.Equal(Floats(Run(view.contiguous())), Floats(Run(view)));
    }

    [Fact]
    public void The_input_stays_as_it_is()
    {
        var x = Random(2, 8, 6, "kept");
        var before = Floats(x);
        Run(x);
        Assert.Equal(before, Floats(x));
    }

    [Theory, InlineData(0f), InlineData(1e-38f), InlineData(1e-20f), InlineData(1e-8f), InlineData(1e8f), InlineData(1e15f)]
    public void Any_scale_gives_something_finite_and_zeros_give_zeros(float scale)
    {
        var x = Random(3, 8, 12, "scale") * scale;
        foreach (var set in Enum.GetValues<NewtonSchulzCoefficients>())
        {
            foreach (var y in new[] { Run(x, set, 8), NewtonSchulz.Batched(x, set, 8) })
            {
                Assert.DoesNotContain(Floats(y), v => !float.IsFinite(v));
                if (scale == 0)
                    Assert.All(Floats(y), v => Assert.Equal(0, v));
            }
        }
    }

    [Theory, InlineData(1e-3f), InlineData(1e4f)]
    public void The_scale_of_a_matrix_does_not_matter(float scale)
    {
        var x = Random(1, 8, 12, "scaled");
        Assert.All(Floats(Run(x)).Zip(Floats(Run(x * scale))), p => Assert.Equal(p.First, p.Second, 1e-3));
    }

    [Fact]
    public void No_matrix_and_no_stack_are_nothing()
    {
        Assert.Empty(NewtonSchulz.Orthogonalize([]));
        Assert.Equal([0, 4, 6], NewtonSchulz.Orthogonalize([torch.zeros(0, 4, 6)])[0].shape);
    }

    [Fact]
    public void The_last_step_of_a_set_repeats() =>
        Assert.Equal(NewtonSchulz.Step(NewtonSchulzCoefficients.Quintic, 4), NewtonSchulz.Step(NewtonSchulzCoefficients.Quintic, 11));

    [Fact]
    public void Operations_are_counted_on_the_smaller_side()
    {
        Assert.Equal(NewtonSchulz.Flops(64, 256, 5), NewtonSchulz.Flops(256, 64, 5));
        Assert.Equal((20.0 * 64 * 64 * 256) + (10.0 * 64 * 64 * 64), NewtonSchulz.Flops(64, 256, 5));
    }

    private static double Polynomial(double s, NewtonSchulzCoefficients set, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var (a, b, c) = NewtonSchulz.Step(set, step);
            s = (a * s) + (b * Math.Pow(s, 3)) + (c * Math.Pow(s, 5));
        }
        return s;
    }

    private static Tensor Random(int count, int rows, int columns, string name) =>
        torch.cat([.. Enumerable.Range(0, count).Select(i => DoubleMatrix.Stack(DoubleMatrix.Random(rows, columns, $"{name} {i}")))], 0);

    private static Tensor Run(Tensor stack, NewtonSchulzCoefficients set = NewtonSchulzCoefficients.Simple, int steps = 5) =>
        NewtonSchulz.Orthogonalize([stack], set, steps)[0];

    private static double[] SingularValues(Tensor stack) =>
        torch.linalg.svdvals(stack.to(torch.ScalarType.Float64)).data<double>().ToArray();

    private static float[] Floats(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
