using MoELab.Experts;
using MoELab.Kernels.Cuda;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;
using MoELab.Randomness;
using MoELab.Tests.Experts;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The contract of expert kernels for the CUDA plugin: its kernels in the emulator, and on a GPU where there is one.</summary>
public sealed class CudaLayerTests : IDisposable
{
    // Inputs, saved products and results are rounded to 8 bits.
    private const double Tolerance = 2e-2;

    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static TheoryData<string> Places => [.. CudaPlaces.Products];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Places))]
    public void Random_choices_match_the_oracle_forward_and_backward(string place) => Check(place, 64, 32, 16, 8, 2, Draw(1, 8));

    [Theory, MemberData(nameof(Places))]
    public void Some_experts_may_be_empty(string place) => Check(place, 24, 16, 8, 6, 2, (t, k) => ((t + k) % 2 * 3) + 1);

    [Theory, MemberData(nameof(Places))]
    public void One_expert_may_hold_everything(string place) => Check(place, 150, 16, 8, 4, 2, (_, _) => 2);

    [Theory, MemberData(nameof(Places))]
    public void One_token_is_enough(string place) => Check(place, 1, 16, 8, 4, 2, (_, k) => k + 1);

    [Theory, MemberData(nameof(Places))]
    public void Widths_may_be_larger_than_a_tile_and_no_multiple_of_it(string place) => Check(place, 21, 152, 136, 3, 2, Draw(5, 3));

    [Theory, MemberData(nameof(Places))]
    public void Widths_that_the_kernels_do_not_take_are_padded(string place) => Check(place, 37, 19, 13, 5, 3, Draw(3, 5));

    [Theory, MemberData(nameof(Places))]
    public void Tokens_may_have_unequally_many_choices(string place) => Check(place, 40, 16, 8, 4, 2, Draw(4, 4), topK: 0);

    [Theory, MemberData(nameof(Places))]
    public void There_may_be_256_experts(string place) => Check(place, 64, 16, 8, 256, 4, Draw(2, 256));

    [Theory, MemberData(nameof(Places))]
    public void No_choice_at_all_gives_zeros(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var problem = new ExpertCase(5, 16, 8, 4, 0, (_, _) => 0, type: torch.ScalarType.BFloat16, device: device);
        Assert.Equal(0f, problem.Run(kernel).abs().sum().to(torch.ScalarType.Float32).item<float>());
    }

    [Theory, MemberData(nameof(Places))]
    public void Only_wanted_gradients_are_made(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var problem = new ExpertCase(12, 16, 8, 4, 2, (t, k) => (t + k) % 4, type: torch.ScalarType.BFloat16, device: device);
        problem.X.requires_grad_(false);
        problem.W13.requires_grad_(false);
        problem.Run(kernel).sum().backward();
        Assert.Null(problem.X.grad);
        Assert.Null(problem.W13.grad);
        Assert.NotNull(problem.W2.grad);
        Assert.NotNull(problem.Gates.grad);
    }

    [Theory, MemberData(nameof(Places))]
    public void Views_are_read_where_they_lie(string place)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        var problem = new ExpertCase(20, 16, 8, 4, 2, Draw(6, 4), type: torch.ScalarType.BFloat16, device: device);
        // The first begins one number, and so two bytes, after a multiple of 16.
        var x = torch.cat([torch.zeros([1], problem.X.dtype, device), problem.X.detach().flatten()], 0).narrow(0, 1, 20 * 16).view(20, 16);
        var w13 = problem.W13.detach().transpose(1, 2).contiguous().transpose(1, 2);
        var w2 = torch.stack([problem.W2.detach(), torch.zeros_like(problem.W2.detach())], 3).select(3, 0);
        using var noGrad = torch.no_grad();
        var y = new LocalDispatcher().Run(x, problem.Choice(), problem.Gates, new ExpertWeights(w13, w2), kernel);
        Assert.False(y.requires_grad);
        ExpertCase.Near(problem.Oracle.Forward(), y, "y", Tolerance);
    }

    [Fact]
    public void Without_a_GPU_the_kernel_says_why_it_does_not_run()
    {
        var kernel = new CudaKernel(new CudaKernelOptions());
        Assert.False(kernel.IsSupported(torch.CPU, torch.ScalarType.Float32, out var reason));
        Assert.StartsWith("cuda computes in BFloat16 on CUDA, not in Float32 on CPU", reason, StringComparison.Ordinal);
        Assert.SkipWhen(CudaDevice.Find(0, out var why) is not null, "this machine has a GPU");
        Assert.EndsWith("; " + why, reason, StringComparison.Ordinal);
        Assert.Null(CudaLaunchers.Ready(0, null, ProductTile.Mma, out reason));
        Assert.Equal(why, reason);
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_named_before_anything_runs()
    {
        var problem = new ExpertCase(6, 16, 8, 4, 2, (t, k) => (t + k) % 4, type: torch.ScalarType.BFloat16);
        var error = Assert.Throws<ArgumentException>(() => new LocalDispatcher().Run(problem.X, problem.Choice(), problem.Gates, new ExpertWeights(problem.W13.narrow(1, 0, 12), problem.W2), new EmulatedKernel()));
        Assert.Contains("W13_EGD has shape [4, 12, 16]; expected [4, 16, 16]", error.Message, StringComparison.Ordinal);
    }

    private static void Check(string place, int tokens, int d, int f, int experts, int choices, Func<int, int, int> expertOf, int? topK = null)
    {
        var (kernel, device) = CudaPlaces.Kernel(place);
        new ExpertCase(tokens, d, f, experts, choices, expertOf, type: torch.ScalarType.BFloat16, device: device).Check(kernel, Tolerance, topK);
    }

    private static Func<int, int, int> Draw(long seed, int experts)
    {
        var random = new Philox(seed, "choices");
        return (_, _) => random.NextInt(experts);
    }
}
