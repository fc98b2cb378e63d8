using MoELab.Interop;
using MoELab.Model;
using MoELab.Model.Fused;
using MoELab.Randomness;

namespace MoELab.Tests.Model;

/// <summary>Each fused operation against the same in torch's operators: values and every gradient.</summary>
public sealed class FusedOpsTests
{
    // Rows that do not fill a piece, widths that do not fill a vector.
    public static TheoryData<long, long> Sizes => new() { { 1, 2 }, { 3, 6 }, { 64, 16 }, { 65, 22 }, { 130, 64 }, { 300, 30 } };

    [Theory, MemberData(nameof(Sizes))]
    public void The_norm_agrees(long rows, long width) => Agree(
        [Leaf(rows, width), Leaf(width)],
        t => ModelOps.RmsNorm(t[0], t[1], 1e-5),
        t => FusedOps.RmsNorm(t[0], t[1], 1e-5));

    [Theory, MemberData(nameof(Sizes))]
    public void The_norm_with_a_residual_agrees(long rows, long width) => Agree(
        [Leaf(rows, width), Leaf(rows, width), Leaf(width)],
        t => t[0] + ModelOps.RmsNorm(t[1], t[2], 1e-5),
        t => FusedOps.AddRmsNorm(t[0], t[1], t[2], 1e-5));

    [Theory, MemberData(nameof(Sizes))]
    public void SwiGlu_agrees(long rows, long width) => Agree([Leaf(rows, width)], t => ModelOps.SwiGlu(t[0]), t => FusedOps.SwiGlu(t[0]));

    [Theory, MemberData(nameof(Sizes))]
    public void The_gate_agrees(long rows, long width) => Agree([Leaf(rows, width), Leaf(rows, width)], t => t[0] * t[1].sigmoid(), t => FusedOps.Gate(t[0], t[1]));

    [Theory]
    [InlineData(2, 5, 3, 4, 1, true, true)]
    [InlineData(1, 70, 2, 32, 3, true, true)]
    [InlineData(3, 9, 1, 20, 4, true, false)]
    [InlineData(2, 33, 2, 6, 2, false, true)]
    [InlineData(2, 8, 2, 16, 2, false, false)]
    public void Heads_agree(int batch, int length, int heads, int width, int copies, bool rotated, bool normed)
    {
        using var scope = torch.NewDisposeScope();
        var layout = SequenceLayout.Create(batch, length, null, length, width, 1000, torch.ScalarType.Float32, torch.CPU);
        var shape = new HeadShape(heads, width, copies, rotated, 1e-5);
        Tensor Plain(Tensor p_TA, Tensor? gain_C)
        {
            var h = p_TA.reshape(batch, length, heads, width);
            h = gain_C is null ? h : ModelOps.RmsNorm(h, gain_C, 1e-5);
            h = rotated ? ModelOps.Rotate(h, layout.Cos_SR, layout.Sin_SR) : h;
            return h.transpose(1, 2).repeat_interleave(copies, 1);
        }
        var leaves = normed ? new[] { Leaf(batch * length, heads * width), Leaf(width) } : [Leaf(batch * length, heads * width)];
        Agree(leaves, t => Plain(t[0], normed ? t[1] : null), t => FusedOps.Heads(t[0], normed ? t[1] : null, layout, shape));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 2, 1, 0)]
    [InlineData(2, 7, 2, 1, 4, 3, 0)]
    [InlineData(1, 65, 2, 2, 6, 1000, 0)]
    [InlineData(2, 130, 4, 2, 8, 40, 50)]
    [InlineData(2, 70, 3, 3, 16, 1, 9)]
    [InlineData(1, 200, 2, 1, 8, 70, 65)]
    public void Attention_agrees(int batch, int length, int heads, int keyHeads, int width, int window, int documentLength)
    {
        using var scope = torch.NewDisposeScope();
        var documents = documentLength == 0 ? null : torch.tensor(Enumerable.Range(0, batch * length).Select(i => ((i % length) + (i / length * 3)) / documentLength).ToArray(), [batch, length]);
        SequenceLayout Layout(bool masked) => SequenceLayout.Create(batch, length, documents, window, width, 1000, torch.ScalarType.Float32, torch.CPU, masked);
        var (blocked, plain) = (Layout(false), Layout(true));
        Assert.NotNull(blocked.First_BS);
        Tensor Repeat(Tensor kv) => kv.repeat_interleave(heads / keyHeads, 1);
        Tensor[] leaves = [Leaf(batch, heads, length, width), Leaf(batch, keyHeads, length, width), Leaf(batch, keyHeads, length, width)];
        foreach (var seen in (int?[])[window, null])
            Agree(leaves, t => FusedOps.Attention(t[0], Repeat(t[1]), Repeat(t[2]), plain, seen), t => FusedOps.Attention(t[0], t[1], t[2], blocked, seen));
    }

    [Fact]
    public void A_document_that_comes_back_is_left_to_masks()
    {
        using var scope = torch.NewDisposeScope();
        var documents = torch.tensor(new[] { 0, 0, 1, 0 }, [1, 4]);
        Assert.Null(SequenceLayout.Create(1, 4, documents, 4, 2, 1000, torch.ScalarType.Float32, torch.CPU).First_BS);
    }

    [Fact]
    public void A_tensor_that_is_no_block_of_memory_is_read_right()
    {
        using var scope = torch.NewDisposeScope();
        var wide = Leaf(12, 40);
        var gain = Leaf(12);
        Agree([wide, gain], t => ModelOps.RmsNorm(t[0].transpose(0, 1), t[1], 1e-5), t => FusedOps.RmsNorm(t[0].transpose(0, 1), t[1], 1e-5));
    }

    [Fact]
    public void The_exponential_keeps_to_the_last_places()
    {
        for (var x = -87f; x < 88f; x += 0.0137f)
        {
            var found = VectorMath.Exp(System.Runtime.Intrinsics.Vector256.Create(x))[0];
            Assert.True(Math.Abs(found - Math.Exp(x)) <= 3e-7 * Math.Exp(x), $"exp({x}) = {found}");
        }
        Assert.True(float.IsNaN(VectorMath.Exp(System.Runtime.Intrinsics.Vector256.Create(float.NaN))[3]));
        Assert.Equal(0, VectorMath.Exp(System.Runtime.Intrinsics.Vector256.Create(float.NegativeInfinity))[1], 1e-30);
        Assert.Equal(1, VectorMath.Sigmoid(System.Runtime.Intrinsics.Vector256.Create(200f))[2]);
    }

    private static Tensor Leaf(params long[] shape)
    {
        var random = new Philox(shape.Sum(), "fused");
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((random.NextDouble() * 4) - 2);
        return torch.tensor(values, shape).requires_grad_();
    }

    private static void Agree(Tensor[] leaves, Func<Tensor[], Tensor> plain, Func<Tensor[], Tensor> fused)
    {
        using var scope = torch.NewDisposeScope();
        var expected = Result(leaves, plain);
        var found = Result(leaves, fused);
        using (torch.no_grad())
            Close(expected[0], fused(leaves), "the value without gradients");
        for (var i = 0; i < expected.Count; i++)
            Close(expected[i], found[i], i == 0 ? "the value" : $"gradient {i}");
    }

    private static void Close(Tensor expected, Tensor found, string what)
    {
        Assert.Equal(expected.shape, found.shape);
        var tolerance = 2e-5 * Math.Max(1, expected.abs().max().item<float>());
        Assert.True((expected - found).abs().max().item<float>() <= tolerance, what);
    }

    private static List<Tensor> Result(Tensor[] leaves, Func<Tensor[], Tensor> body)
    {
        foreach (var leaf in leaves)
            leaf.grad = null;
        var y = body(leaves);
        // A slope that differs from place to place, so that a gradient in the wrong place shows.
        var slope = torch.arange(y.numel(), dtype: torch.ScalarType.Float32).mul(0.37).sin().reshape(y.shape);
        (y * slope).sum().backward();
        return [y.detach(), .. leaves.Select(l => l.grad!.clone())];
    }
}
