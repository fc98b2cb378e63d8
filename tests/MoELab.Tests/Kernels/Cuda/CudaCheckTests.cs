using System.Runtime.InteropServices;
using MoELab.CudaCheck;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The checker's own oracle and passes, with the emulator in the driver's place.</summary>
public sealed unsafe class CudaCheckTests : IDisposable
{
    private readonly HostMemory _memory = new();

    public static TheoryData<int, string> Problems => [.. from problem in Enumerable.Range(0, LayerCheck.Problems.Count) from tile in (string[])["mma", "wgmma"] select (problem, tile)];

    public void Dispose() => _memory.Dispose();

    [Theory, MemberData(nameof(Problems))]
    public void A_layer_of_the_checker_agrees_with_its_oracle(int problem, string tile)
    {
        var results = LayerCheck.Run(new EmulatedKernel(), _memory, LayerCheck.Problems[problem], tile == "mma" ? ProductTile.Mma : ProductTile.Wgmma).ToArray();
        Assert.Equal(14, results.Length);
        Assert.All(results, r => Assert.True(r.Passed, r.ToString()));
    }

    [Fact]
    public void Routing_and_bias_updates_agree_with_their_oracles()
    {
        var results = RoutingCheck.Route(new EmulatedKernel(), _memory, 37, 64, 8, softmax: false).Concat(RoutingCheck.Route(new EmulatedKernel(), _memory, 9, 256, 4, softmax: true))
            .Concat(RoutingCheck.Bias(new EmulatedKernel(), _memory, 3, 256)).ToArray();
        Assert.Equal(15, results.Length);
        Assert.All(results, r => Assert.True(r.Passed, r.ToString()));
    }

    [Fact]
    public void A_number_that_was_never_written_is_found()
    {
        Assert.False(CheckResult.Of("k", "o", "c", [1, 2], [1, double.NaN], 0.1).Passed);
        Assert.False(CheckResult.Of("k", "o", "c", [1, 2], [1, 2.3], 0.1).Passed);
        Assert.True(CheckResult.Of("k", "o", "c", [1, 2], [1, 2.1], 0.1).Passed);
    }

    [Fact]
    public void A_row_of_the_table_leaves_empty_what_was_not_measured()
    {
        var problem = new LayerProblem(1000, 1000, 1000, 4, 2, "balanced");
        var row = TimeTable.Row(problem, ProductTile.Mma, 0.125, (1, 4), new TorchTimes(null, 6, null, 2, null));
        Assert.Equal("| 1000 | 1000 | 1000 | 4 | 2 | balanced | 500 | 12.5% | mma | 12.0 | 9.0 |  | 6.0 |  | 18.0 | 1.50x | 0.50x |  |", row);
        Assert.Equal(TimeTable.Head.Split('\n')[0].Count(c => c == '|'), row.Count(c => c == '|'));
    }

    [Fact]
    public void A_token_has_different_experts_and_zipf_prefers_the_first()
    {
        var experts = new LayerProblem(500, 8, 8, 32, 4, "zipf").Experts();
        Assert.All(experts.Chunk(4), token => Assert.Equal(4, token.Distinct().Count()));
        Assert.All(experts, e => Assert.InRange(e, 0, 31));
        Assert.True(experts.Count(e => e == 0) > 4 * experts.Count(e => e == 31));
    }

    /// <summary>The processor's memory, aligned as a GPU's.</summary>
    private sealed class HostMemory : IDeviceMemory, IDisposable
    {
        private readonly Dictionary<nint, long> _bytes = [];

        public nint Put<T>(T[] values) where T : unmanaged
        {
            var pointer = Room<T>(values.Length);
            values.CopyTo(new Span<T>((void*)pointer, values.Length));
            return pointer;
        }

        public nint Room<T>(long count) where T : unmanaged
        {
            var pointer = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(256, count * sizeof(T)), 256);
            new Span<byte>((void*)pointer, checked((int)(count * sizeof(T)))).Fill(255);
            _bytes.Add(pointer, count * sizeof(T));
            return pointer;
        }

        public T[] Get<T>(nint pointer) where T : unmanaged => new Span<T>((void*)pointer, checked((int)(_bytes[pointer] / sizeof(T)))).ToArray();

        public void Dispose()
        {
            foreach (var pointer in _bytes.Keys)
                NativeMemory.AlignedFree((void*)pointer);
        }
    }
}
