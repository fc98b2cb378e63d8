using MoELab.Experts;
using MoELab.Kernels.Cpu;

namespace MoELab.Tests.Kernels.Cpu;

// T tokens, D model width, A output width.

/// <summary>The packed kernel's products for layers that every token goes through, against torch's in float64.</summary>
public sealed class LinearTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();
    private readonly IDenseKernel _kernel = new PackedKernel(new PackedKernelOptions());

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(64, 32, 32)]
    [InlineData(128, 256, 64)]
    [InlineData(129, 19, 13)]
    [InlineData(300, 300, 70)]
    [InlineData(517, 41, 290)]
    [InlineData(2100, 33, 40)]
    public void A_product_and_its_gradients_match_float64(int T, int D, int A)
    {
        var (x, w, dY) = Problem(T, D, A);
        var y = _kernel.Linear(x, w);
        y.backward([dY]);
        Tensor wideX = x.detach().to(torch.ScalarType.Float64), wideW = w.detach().to(torch.ScalarType.Float64), wideDY = dY.to(torch.ScalarType.Float64);
        Near(wideX.matmul(wideW.t()), y, D, "y");
        Near(wideDY.matmul(wideW), x.grad!, A, "dX");
        Near(wideDY.t().matmul(wideX), w.grad!, T, "dW");
    }

    [Fact]
    public void Only_wanted_gradients_are_made_and_views_are_read_where_they_lie()
    {
        var (x, w, dY) = Problem(70, 24, 40);
        var view = x.detach().t().contiguous().t();
        _kernel.Linear(view, w).backward([dY.t().contiguous().t()]);
        Near(dY.to(torch.ScalarType.Float64).t().matmul(x.detach().to(torch.ScalarType.Float64)), w.grad!, 70, "dW");

        _kernel.Linear(x, w.detach()).backward([dY]);
        Assert.NotNull(x.grad);
        using var noGrad = torch.no_grad();
        Assert.False(_kernel.Linear(x, w).requires_grad);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var before = torch.get_num_threads();
        try
        {
            var one = Results(1);
            foreach (var threads in (int[])[2, 3, 5])
                Assert.All(one.Zip(Results(threads)), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>(), $"{threads} threads"));
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private Tensor[] Results(int threads)
    {
        torch.set_num_threads(threads);
        var (x, w, dY) = Problem(700, 150, 90);
        var y = _kernel.Linear(x, w);
        y.backward([dY]);
        return [y.detach(), x.grad!, w.grad!];
    }

    private static (Tensor X_TD, Tensor W_AD, Tensor DY_TA) Problem(int T, int D, int A)
    {
        using var generator = new torch.Generator(5);
        return (torch.randn([T, D], generator: generator).requires_grad_(), torch.randn([A, D], generator: generator).requires_grad_(), torch.randn([T, A], generator: generator));
    }

    // A sum of n products of normal numbers is about sqrt(n) large.
    private static void Near(Tensor expected, Tensor actual, int terms, string name)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual.to(torch.ScalarType.Float64)).abs().max().item<double>(), 0, 2e-6 * Math.Sqrt(terms) * 5);
        Assert.True(actual.isfinite().all().item<bool>(), name);
    }
}
