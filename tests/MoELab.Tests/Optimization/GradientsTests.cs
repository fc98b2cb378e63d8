using MoELab.Optimization;
using MoELab.Training.Metrics;

namespace MoELab.Tests.Optimization;

public sealed class GradientsTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_norm_is_over_all_gradients_together()
    {
        using var c = new OptimizerCase("adamw");
        c.Gradients(0);
        Assert.Equal(Norm(c), Gradients.GlobalNorm(c.Parameters), 1e-6);
    }

    [Fact]
    public void A_parameter_without_a_gradient_counts_as_zero()
    {
        using var c = new OptimizerCase("adamw");
        Assert.Equal(0, Gradients.GlobalNorm(c.Parameters));
        c.Gradients(0, (p, g) => p.Name == "tall" ? g : null);
        Assert.Equal(Norm(c), Gradients.GlobalNorm(c.Parameters), 1e-6);
        Gradients.Clip(c.Parameters, Gradients.GlobalNorm(c.Parameters), 0.1);
        Assert.Equal(0.1, Gradients.GlobalNorm(c.Parameters), 1e-6);
    }

    [Fact]
    public void Clipping_scales_every_gradient_by_one_factor()
    {
        using var c = new OptimizerCase("adamw");
        c.Gradients(0);
        var before = All(c);
        var norm = Gradients.GlobalNorm(c.Parameters);
        Gradients.Clip(c.Parameters, norm, norm / 4);
        Assert.All(before.Zip(All(c)), p => Assert.Equal(p.First / 4, p.Second, 1e-7));
    }

    [Fact]
    public void A_norm_within_the_limit_changes_no_bit()
    {
        using var c = new OptimizerCase("adamw");
        c.Gradients(0);
        var before = All(c);
        Gradients.Clip(c.Parameters, Gradients.GlobalNorm(c.Parameters), 1e3);
        Assert.Equal(before, All(c));
    }

    [Theory, InlineData(1e-15f), InlineData(1e15f)]
    public void Small_and_large_gradients_keep_their_norm(float scale)
    {
        using var c = new OptimizerCase("adamw");
        c.Gradients(0, (_, g) => g * scale);
        Assert.Equal(1, Gradients.GlobalNorm(c.Parameters) / Norm(c), 1e-5);
    }

    [Fact]
    public void Kurtosis_is_the_fourth_moment_over_the_squared_second()
    {
        var history = new GradientHistory();
        double[] norms = [1, 2, 3, 4, 5, 6, 7, 20];
        Assert.All(norms[..7], n => Assert.Equal(double.NaN, history.Add(n)));
        var mean = norms.Average();
        var expected = norms.Average(n => Math.Pow(n - mean, 4)) / Math.Pow(norms.Average(n => Math.Pow(n - mean, 2)), 2);
        Assert.Equal(expected, history.Add(norms[7]), 1e-12);
    }

    [Fact]
    public void Kurtosis_forgets_what_is_older_than_its_window_and_leaves_out_what_is_not_finite()
    {
        var (one, other) = (new GradientHistory(), new GradientHistory());
        one.Add(1e6);
        double last = 0, same = 0;
        for (var i = 0; i < 128; i++)
        {
            last = one.Add(1 + (i % 5));
            same = other.Add(1 + (i % 5));
            if (i == 60)
                one.Add(double.NaN);
        }
        Assert.Equal(same, last, 1e-12);
    }

    [Fact]
    public void The_kurtosis_of_a_normal_distribution_is_three()
    {
        var random = new MoELab.Randomness.Philox(1, "kurtosis");
        var history = new GradientHistory();
        var mean = Enumerable.Range(0, 4000).Select(_ => history.Add(10 + random.NextNormal())).Where(double.IsFinite).Average();
        Assert.InRange(mean, 2.7, 3.2);
    }

    private static double Norm(OptimizerCase c) => Math.Sqrt(All(c).Sum(g => (double)g * g));

    private static float[] All(OptimizerCase c) => [.. c.Parameters.Where(p => p.Value.grad is not null).SelectMany(p => OptimizerCase.Floats(p.Value.grad!))];
}
