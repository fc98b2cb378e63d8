using MoELab.Experts;
using MoELab.Plugins;
using MoELab.Randomness;

namespace MoELab.Tests.Experts;

/// <summary>What every expert kernel must do, against the oracle.</summary>
public sealed class ExpertKernelContract : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static TheoryData<string> Kernels =>
        [.. PluginCatalog.Discover().All.Where(p => p.Kind == PluginKind.ExpertKernel).Select(p => p.Name)];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Kernels))]
    public void MatchesTheOracleOnRandomChoices(string name)
    {
        var random = new Philox(1, "choices");
        new ExpertCase(64, 32, 16, 8, 2, (_, _) => random.NextInt(8)).Check(Kernel(name));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void SomeExpertsAreEmpty(string name) => new ExpertCase(24, 16, 8, 6, 2, (t, k) => ((t + k) % 2 * 3) + 1).Check(Kernel(name));

    [Theory, MemberData(nameof(Kernels))]
    public void OneExpertHoldsEverything(string name) => new ExpertCase(300, 16, 8, 4, 2, (_, _) => 2).Check(Kernel(name));

    [Theory, MemberData(nameof(Kernels))]
    public void AllLoadsAreEqual(string name) => new ExpertCase(32, 16, 8, 8, 2, (t, k) => ((t * 2) + k) % 8).Check(Kernel(name));

    [Theory, MemberData(nameof(Kernels))]
    public void OneToken(string name) => new ExpertCase(1, 16, 8, 4, 2, (_, k) => k + 1).Check(Kernel(name));

    [Theory, MemberData(nameof(Kernels))]
    public void ManyExperts(string name)
    {
        var random = new Philox(2, "choices");
        new ExpertCase(128, 16, 8, 256, 4, (_, _) => random.NextInt(256)).Check(Kernel(name));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void SizesThatAreNoMultiples(string name)
    {
        var random = new Philox(3, "choices");
        // grouped-mm asks for rows of 16 bytes.
        var (d, f) = name == "grouped-mm" ? (20, 12) : (19, 13);
        new ExpertCase(37, d, f, 5, 3, (_, _) => random.NextInt(5)).Check(Kernel(name));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void ChoicesWithoutAFixedNumberPerToken(string name)
    {
        var random = new Philox(4, "choices");
        new ExpertCase(40, 16, 8, 4, 2, (_, _) => random.NextInt(4)).Check(Kernel(name), topK: 0);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void NoChoiceAtAllGivesZeros(string name)
    {
        var empty = new ExpertCase(5, 16, 8, 4, 0, (_, _) => 0);
        Assert.Equal(0f, empty.Run(Kernel(name)).abs().sum().item<float>());
    }

    [Theory, MemberData(nameof(Kernels))]
    [Trait("bug", "non-determinism")]
    public void TwiceTheSameBits(string name)
    {
        var random = new Philox(5, "choices");
        var choices = Enumerable.Range(0, 2 * 500).Select(_ => random.NextInt(8)).ToArray();
        var results = Enumerable.Range(0, 3).Select(_ =>
        {
            var problem = new ExpertCase(500, 32, 16, 8, 2, (t, k) => choices[(2 * t) + k]);
            var y = problem.Run(Kernel(name));
            y.backward([ExpertCase.Tensor(problem.OutGradient, 500, 32)]);
            return new[] { y.detach(), problem.X.grad!, problem.W13.grad!, problem.W2.grad!, problem.Gates.grad! };
        }).ToArray();
        for (var i = 0; i < results[0].Length; i++)
        {
            Assert.True(results[0][i].equal(results[1][i]).all().item<bool>(), $"result {i} differs between runs");
            Assert.True(results[0][i].equal(results[2][i]).all().item<bool>(), $"result {i} differs between runs");
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void ViewsAreReadWhereTheyLie(string name)
    {
        var random = new Philox(6, "choices");
        var problem = new ExpertCase(20, 16, 8, 4, 2, (_, _) => random.NextInt(4));
        // Transposed, strided and offset copies of the same numbers.
        var x = torch.cat([torch.zeros(3, 16), problem.X.detach()], 0).narrow(0, 3, 20);
        var w13 = problem.W13.detach().transpose(1, 2).contiguous().transpose(1, 2);
        var w2 = torch.stack([problem.W2.detach(), torch.zeros_like(problem.W2.detach())], 3).select(3, 0);
        var gates = torch.stack([torch.zeros_like(problem.Gates.detach()), problem.Gates.detach()], 1).select(1, 1);
        foreach (var leaf in new[] { x, w13, w2, gates })
            leaf.requires_grad_(true);
        var y = new LocalDispatcher().Run(x, problem.Choice(), gates, new ExpertWeights(w13, w2), Kernel(name));
        ExpertCase.Near(problem.Oracle.Forward(), y, "y", ExpertCase.Tolerance(Kernel(name)));
        // The gradient too arrives as a transposed view.
        y.backward([ExpertCase.Tensor(problem.OutGradient, 20, 16).t().contiguous().t()]);
        var (dx, dw13, dw2, dgates) = problem.Oracle.Backward(problem.OutGradient);
        ExpertCase.Near(dx, x.grad!, "dx", ExpertCase.Tolerance(Kernel(name)));
        ExpertCase.Near(dw13, w13.grad!, "dw13", ExpertCase.Tolerance(Kernel(name)));
        ExpertCase.Near(dw2, w2.grad!, "dw2", ExpertCase.Tolerance(Kernel(name)));
        ExpertCase.Near(dgates, gates.grad!, "dgates", ExpertCase.Tolerance(Kernel(name)));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void NumbersThatLieInMemoryDoNotMatter(string name)
    {
        using (torch.NewDisposeScope())
        {
            // Leaves NaN in what the kernel keeps and in what the heap hands out again, at other sizes.
            var poison = new ExpertCase(90, 36, 20, 6, 2, (t, k) => (t + k) % 6);
            poison.X.detach().fill_(float.NaN);
            poison.Run(Kernel(name)).backward([ExpertCase.Tensor(poison.OutGradient, 90, 36)]);
        }
        var random = new Philox(8, "choices");
        var (d, f) = name == "grouped-mm" ? (20, 12) : (19, 13);
        new ExpertCase(61, d, f, 7, 2, (_, _) => random.NextInt(6)).Check(Kernel(name));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void OnlyWantedGradientsAreMade(string name)
    {
        var problem = new ExpertCase(12, 16, 8, 4, 2, (t, k) => (t + k) % 4);
        problem.X.requires_grad_(false);
        problem.W13.requires_grad_(false);
        problem.Run(Kernel(name)).sum().backward();
        Assert.Null(problem.X.grad);
        Assert.Null(problem.W13.grad);
        Assert.NotNull(problem.W2.grad);
        Assert.NotNull(problem.Gates.grad);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void WithoutGradientsTheResultIsTheSame(string name)
    {
        var problem = new ExpertCase(30, 16, 8, 4, 2, (t, k) => ((3 * t) + k) % 4);
        using var noGrad = torch.no_grad();
        var y = problem.Run(Kernel(name));
        Assert.False(y.requires_grad);
        ExpertCase.Near(problem.Oracle.Forward(), y, "y", ExpertCase.Tolerance(Kernel(name)));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void AShapeThatDoesNotFitIsNamed(string name)
    {
        var problem = new ExpertCase(6, 16, 8, 4, 2, (t, k) => (t + k) % 4);
        var message = Assert.Throws<ArgumentException>(() => new LocalDispatcher().Run(
            problem.X, problem.Choice(), problem.Gates, new ExpertWeights(problem.W13.narrow(1, 0, 12), problem.W2), Kernel(name))).Message;
        Assert.Contains("W13_EGD has shape [4, 12, 16]; expected [4, 16, 16]", message, StringComparison.Ordinal);
    }

    // What does not compute in float32 on the processor has a suite of its own, such as CudaLayerTests.
    private static IExpertKernel Kernel(string name)
    {
        var kernel = PluginCatalog.Discover().Create<IExpertKernel>(new PluginChoice(name), "kernel");
        if (!kernel.IsSupported(torch.CPU, torch.ScalarType.Float32, out var reason))
            Assert.Skip(reason);
        return kernel;
    }
}
