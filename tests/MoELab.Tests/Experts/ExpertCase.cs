using MoELab.Experts;
using MoELab.Randomness;

namespace MoELab.Tests.Experts;

/// <summary>A problem for an expert kernel, as tensors and for the oracle.</summary>
internal sealed class ExpertCase
{
    public ExpertCase(int tokens, int d, int f, int experts, int topK, Func<int, int, int> expertOf, long seed = 7, torch.ScalarType type = torch.ScalarType.Float32, torch.Device? device = null)
    {
        (Tokens, D, F, Experts, TopK, Device) = (tokens, d, f, experts, topK, device ?? torch.CPU);
        // Rounded, so that the oracle sees what the kernel sees.
        double[] Normal(int count, string name, double scale)
        {
            var random = new Philox(seed, "test", name);
            return [.. Enumerable.Range(0, count).Select(_ => (double)Rounded((float)(scale * random.NextNormal()), type))];
        }
        var choices = new List<(int, int)>();
        for (var t = 0; t < tokens; t++)
        {
            for (var k = 0; k < topK; k++)
                choices.Add((t, expertOf(t, k)));
        }
        Oracle = new ExpertOracle(tokens, d, f, experts)
        {
            X = Normal(tokens * d, "x", 1),
            W13 = Normal(experts * 2 * f * d, "w13", 0.3),
            W2 = Normal(experts * d * f, "w2", 0.3),
            Choices = [.. choices],
            Gates = Normal(choices.Count, "gates", 1),
        };
        OutGradient = Normal(tokens * d, "dy", 1);
        X = Leaf(Oracle.X, type, tokens, d);
        W13 = Leaf(Oracle.W13, type, experts, 2 * f, d);
        W2 = Leaf(Oracle.W2, type, experts, d, f);
        Gates = Leaf(Oracle.Gates, torch.ScalarType.Float32, choices.Count);
    }

    public int Tokens { get; }

    public int D { get; }

    public int F { get; }

    public int Experts { get; }

    public int TopK { get; }

    public torch.Device Device { get; }

    public ExpertOracle Oracle { get; }

    public double[] OutGradient { get; }

    public Tensor X { get; }

    public Tensor W13 { get; }

    public Tensor W2 { get; }

    public Tensor Gates { get; }

    /// <summary>Choices as a router hands them over; <paramref name="topK"/> 0 hides that each token has equally many.</summary>
    public RouterChoice Choice(int? topK = null) => new(
        torch.tensor(Oracle.Choices.Select(c => (long)c.Token).ToArray()).to(Device),
        torch.tensor(Oracle.Choices.Select(c => (long)c.Expert).ToArray()).to(Device),
        topK ?? TopK);

    public Tensor Run(IExpertKernel kernel, int? topK = null) =>
        new LocalDispatcher().Run(X, Choice(topK), Gates, new ExpertWeights(W13, W2), kernel);

    public void Check(IExpertKernel kernel, double? within = null, int? topK = null)
    {
        var tolerance = within ?? Tolerance(kernel);
        var y = Run(kernel, topK);
        Near(Oracle.Forward(), y, "y", tolerance);
        y.backward([Tensor(OutGradient, Tokens, D).to(Device).to(X.dtype)]);
        var (dx, dw13, dw2, dgates) = Oracle.Backward(OutGradient);
        Near(dx, X.grad!, "dx", tolerance);
        Near(dw13, W13.grad!, "dw13", tolerance);
        Near(dw2, W2.grad!, "dw2", tolerance);
        Near(dgates, Gates.grad!, "dgates", tolerance);
    }

    /// <summary>How far a kernel may be from the oracle, as a share of the largest value: float32's rounding, or three bits of mantissa.</summary>
    public static double Tolerance(IExpertKernel kernel) => kernel is MoELab.Experts.Mxfp8.Mxfp8Kernel ? 0.15 : 2e-5;

    public static Tensor Tensor(double[] values, params long[] shape) => torch.tensor(Array.ConvertAll(values, v => (float)v)).reshape(shape);

    public static void Near(double[] expected, Tensor actual, string name, double tolerance)
    {
        var values = actual.detach().cpu().to(torch.ScalarType.Float32).contiguous().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        var scale = expected.Length == 0 ? 1 : Math.Max(1e-6, expected.Max(Math.Abs));
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance * scale, $"{name}[{i}]: {values[i]}, expected {expected[i]}");
    }

    // A clone, since a tensor made from an array lies wherever the array lies, and grouped-mm asks for 16 bytes.
    private Tensor Leaf(double[] values, torch.ScalarType type, params long[] shape) => Tensor(values, shape).clone().to(Device).to(type).requires_grad_(true);

    private static float Rounded(float value, torch.ScalarType type)
    {
        if (type != torch.ScalarType.BFloat16)
            return value;
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }
}
