// Shapes: T tokens, D model width, F inner width, G = 2F, E experts, N choices.
using System.Diagnostics;
using MathNet.Numerics.Statistics;
using MoELab.Experts;
using MoELab.Interop.Torch;
using MoELab.Model.Fused;
using MoELab.Training.Metrics;

namespace MoELab.Cli.Benchmarks;

/// <summary>
/// Times forward and backward of one case on several sides, in turns. Machines are shared and their clock rates vary, so compare the median of
/// the ratios within rounds.
/// </summary>
internal sealed class KernelBench : IDisposable
{
    private readonly KernelCase _case;
    private readonly IDisposable _scope = torch.NewDisposeScope();
    private readonly List<(string Name, Action Body, List<double> Seconds)> _sides = [];
    private readonly MatrixRate _rate = new();

    public KernelBench(KernelCase sizes, IEnumerable<(string Name, IExpertKernel Kernel)> kernels)
    {
        _case = sizes;
        var (t, d, f, e, k) = (sizes.Tokens, sizes.D, sizes.Width, sizes.Experts, sizes.TopK);
        Tensor x_TD = Leaf(1, t, d), w13_EGD = Leaf(0.1, e, 2L * f, d), w2_EDF = Leaf(0.1, e, d, f), gates_N = Leaf(1, (long)t * k);
        Tensor dense13 = Leaf(0.1, 2L * f * k, d), dense2 = Leaf(0.1, d, (long)f * k), dY_TD = torch.randn(t, d);
        var choice = sizes.Choose();
        var dispatcher = new LocalDispatcher();
        foreach (var (name, kernel) in kernels)
            Add(name, () => dispatcher.Run(x_TD, choice, gates_N, new ExpertWeights(w13_EGD, w2_EDF), kernel), dY_TD, x_TD, w13_EGD, w2_EDF, gates_N);
        Add("dense", () => torch.nn.functional.linear(FusedOps.SwiGlu(torch.nn.functional.linear(x_TD, dense13)), dense2), dY_TD, x_TD,
            dense13, dense2);
    }

    public int Rounds => _sides[0].Seconds.Count;

    /// <summary>The denominator of utilisation, GFLOP/s.</summary>
    public double Peak => _rate.FlopsPerSecond / 1e9;

    /// <summary>Runs every side once, so that code is compiled and memory is allocated.</summary>
    public void WarmUp()
    {
        using var pause = FinalizerPause.Begin();
        foreach (var (_, body, _) in _sides)
            body();
    }

    /// <summary>Measures every side once.</summary>
    public void Measure()
    {
        using var pause = FinalizerPause.Begin();
        foreach (var (_, body, seconds) in _sides)
        {
            var start = Stopwatch.GetTimestamp();
            body();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        _rate.Measure();
    }

    /// <summary>Median rate of a side, GFLOP/s.</summary>
    public double Rate(string side) => _case.Flops / Statistics.Median(Seconds(side)) / 1e9;

    /// <summary>How many times faster one side is than another: the median over rounds.</summary>
    public double Ratio(string side, string other) => Statistics.Median(Seconds(side).Zip(Seconds(other), (own, theirs) => theirs / own));

    public void Dispose() => _scope.Dispose();

    private List<double> Seconds(string side) => _sides.Single(s => s.Name == side).Seconds;

    private void Add(string name, Func<Tensor> forward, Tensor dY_TD, params Tensor[] leaves) => _sides.Add((name, () =>
    {
        using var scope = torch.NewDisposeScope();
        torch.autograd.grad([forward()], leaves, [dY_TD]);
    }, []));

    private static Tensor Leaf(double scale, params long[] shape)
    {
        using var scope = torch.NewDisposeScope();
        return torch.randn(shape).mul_(Scalars.Of(scale)).requires_grad_().MoveToOuterDisposeScope();
    }
}
