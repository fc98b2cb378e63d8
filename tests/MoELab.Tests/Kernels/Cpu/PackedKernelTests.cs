using MoELab.Experts;
using MoELab.Kernels.Cpu;
using MoELab.Randomness;
using MoELab.Tests.Experts;

namespace MoELab.Tests.Kernels.Cpu;

/// <summary>What the contract of all kernels leaves open, at sizes that reach every path of this one.</summary>
public sealed class PackedKernelTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void An_expert_with_many_pieces_beside_unpopular_ones_matches_the_oracle()
    {
        var random = new Philox(11, "choices");
        Uneven(random, 700, 40, 24).Check(new PackedKernel(new PackedKernelOptions()));
    }

    [Fact]
    public void Widths_of_several_strips_and_blocks_of_terms_match_the_oracle()
    {
        var random = new Philox(12, "choices");
        new ExpertCase(30, 540, 70, 3, 2, (_, _) => random.NextInt(3)).Check(new PackedKernel(new PackedKernelOptions()));
    }

    [Fact]
    public void Recomputing_gives_the_same_bits_as_keeping()
    {
        var kept = Results(new PackedKernelOptions(), 2);
        var again = Results(new PackedKernelOptions { Recompute = true }, 2);
        for (var i = 0; i < kept.Length; i++)
            Assert.True(kept[i].equal(again[i]).all().item<bool>(), $"result {i} differs");
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var before = torch.get_num_threads();
        try
        {
            var one = Results(new PackedKernelOptions(), 1);
            foreach (var threads in (int[])[2, 3, 5])
            {
                var many = Results(new PackedKernelOptions(), threads);
                for (var i = 0; i < one.Length; i++)
                    Assert.True(one[i].equal(many[i]).all().item<bool>(), $"result {i} differs with {threads} threads");
            }
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void Backward_through_a_kept_graph_twice_gives_the_same_gradients()
    {
        var problem = Uneven(new Philox(14, "choices"), 50, 16, 8);
        var y = problem.Run(new PackedKernel(new PackedKernelOptions()));
        var dy = ExpertCase.Tensor(problem.OutGradient, problem.Tokens, problem.D);
        var first = torch.autograd.grad([y], [problem.X, problem.W13], [dy], retain_graph: true);
        var second = torch.autograd.grad([y], [problem.X, problem.W13], [dy]);
        Assert.True(first[0].equal(second[0]).all().item<bool>());
        Assert.True(first[1].equal(second[1]).all().item<bool>());
    }

    [Fact]
    public void A_type_that_it_does_not_compute_is_named()
    {
        var problem = new ExpertCase(4, 16, 8, 4, 2, (t, k) => (t + k) % 4);
        var weights = new ExpertWeights(problem.W13.to(torch.ScalarType.Float64), problem.W2.to(torch.ScalarType.Float64));
        var message = Assert.Throws<ArgumentException>(() =>
            new LocalDispatcher().Run(problem.X.to(torch.ScalarType.Float64), problem.Choice(), problem.Gates, weights, new PackedKernel(new PackedKernelOptions()))).Message;
        Assert.Contains("packed computes in Float32 on CPU, not in Float64 on CPU", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_type_than_the_tokens_are_refused()
    {
        var problem = new ExpertCase(4, 16, 8, 4, 2, (t, k) => (t + k) % 4);
        var weights = new ExpertWeights(problem.W13.to(torch.ScalarType.Float64), problem.W2);
        var message = Assert.Throws<ArgumentException>(() =>
            new LocalDispatcher().Run(problem.X, problem.Choice(), problem.Gates, weights, new PackedKernel(new PackedKernelOptions()))).Message;
        Assert.Contains("W13_EGD is Float64; expected Float32, as x_TD", message, StringComparison.Ordinal);
    }

    [Fact]
    public async System.Threading.Tasks.Task Two_calls_at_once_do_not_meet_in_their_working_memory()
    {
        var expected = Results(new PackedKernelOptions(), 2);
        var results = await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            System.Threading.Tasks.Task.Factory.StartNew(() => Results(new PackedKernelOptions(), 2), System.Threading.Tasks.TaskCreationOptions.LongRunning)));
        foreach (var result in results)
        {
            for (var i = 0; i < expected.Length; i++)
                Assert.True(expected[i].equal(result[i]).all().item<bool>(), $"result {i} differs");
        }
    }

    private static Tensor[] Results(PackedKernelOptions options, int threads)
    {
        torch.set_num_threads(threads);
        var problem = Uneven(new Philox(13, "choices"), 900, 36, 20);
        var y = problem.Run(new PackedKernel(options));
        var gradients = torch.autograd.grad([y], [problem.X, problem.W13, problem.W2, problem.Gates], [ExpertCase.Tensor(problem.OutGradient, problem.Tokens, problem.D)]);
        return [y.detach(), .. gradients];
    }

    // Expert 0 has most rows, the last none.
    private static ExpertCase Uneven(Philox random, int tokens, int d, int f) =>
        new(tokens, d, f, 20, 2, (_, k) => k == 0 || random.NextInt(3) > 0 ? 0 : 1 + random.NextInt(18));
}
