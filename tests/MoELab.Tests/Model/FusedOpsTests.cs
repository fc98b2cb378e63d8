using MoELab.Interop.Products;
using MoELab.Model.Fused;
using MoELab.Model.Operations;
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

    // Lengths that fill no block, widths that fill no panel or several, one and many query heads to a key head, with and without norm, rotation and gate.
    [Theory, Trait("bug", "stale-memory")]
    [InlineData(1, 1, 1, 1, 2, 1, 0, true)]
    [InlineData(2, 7, 2, 1, 4, 3, 0, false)]
    [InlineData(1, 65, 2, 2, 6, 1000, 0, true)]
    [InlineData(2, 130, 4, 2, 8, 40, 50, true)]
    [InlineData(2, 70, 3, 3, 16, 1, 9, false)]
    [InlineData(1, 200, 2, 1, 32, 70, 65, true)]
    [InlineData(2, 256, 4, 1, 64, 128, 0, true)]
    [InlineData(1, 300, 4, 2, 64, 128, 77, false)]
    [InlineData(1, 97, 2, 1, 96, 64, 33, true)]
    [InlineData(1, 150, 1, 1, 46, 33, 41, true)]
    [InlineData(1, 129, 2, 1, 128, 64, 100, false)]
    public void Attention_agrees(int batch, int length, int heads, int keyHeads, int width, int window, int documentLength, bool whole)
    {
        using var scope = torch.NewDisposeScope();
        var (blocked, plain) = Layouts(batch, length, width, window, documentLength);
        Assert.NotNull(blocked.First_BS);
        foreach (var seen in (int?[])[window, null])
        {
            var shape = new AttentionShape(heads, keyHeads, width, whole, whole, 1e-5, seen);
            Tensor[] leaves = whole ? [Leaf(batch * length, shape.Columns), Leaf(width), Leaf(width)] : [Leaf(batch * length, shape.Columns)];
            Agree(leaves, t => ModelOps.Attention(t[0], whole ? t[1] : null, whole ? t[2] : null, plain, shape), t => FusedOps.Attention(t[0], whole ? t[1] : null, whole ? t[2] : null, blocked, shape));
        }
    }

    [Fact]
    public void Large_scores_and_far_keys_leave_attention_finite()
    {
        using var scope = torch.NewDisposeScope();
        var (blocked, plain) = Layouts(1, 90, 8, 90, 0);
        var shape = new AttentionShape(1, 1, 8, false, false, 1e-5, null);
        // Scores of some thousands: what float32 keeps of them says which key wins, and no exponential may overflow.
        var p = torch.linspace(-40, 40, 90 * shape.Columns).reshape(90, shape.Columns).requires_grad_();
        var found = Result([p], t => FusedOps.Attention(t[0], null, null, blocked, shape));
        Close(ModelOps.Attention(p, null, null, plain, shape), found[0], "the value");
        Assert.True(found[1].isfinite().all().item<bool>());
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit_of_attention()
    {
        using var scope = torch.NewDisposeScope();
        var (blocked, _) = Layouts(3, 150, 32, 70, 61);
        var shape = new AttentionShape(4, 2, 32, true, true, 1e-5, 70);
        Tensor[] leaves = [Leaf(450, shape.Columns), Leaf(32), Leaf(32)];
        var before = torch.get_num_threads();
        try
        {
            List<Tensor> Results(int threads)
            {
                torch.set_num_threads(threads);
                return Result(leaves, t => FusedOps.Attention(t[0], t[1], t[2], blocked, shape));
            }
            var one = Results(1);
            foreach (var threads in (int[])[2, 3, 5])
                Assert.All(one.Zip(Results(threads)), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>(), $"{threads} threads"));
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void A_token_reads_nothing_that_its_mask_hides()
    {
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        var (blocked, _) = Layouts(1, 100, 16, 20, 45);
        var shape = new AttentionShape(2, 1, 16, true, true, 1e-5, 20);
        var p = Leaf(100, shape.Columns).detach();
        var (gain, other) = (torch.ones(16), p.clone());
        // Token 60 sees 45 to 60: its document begins at 45; token 80 sees 61 to 80.
        other.index_put_(-1e9f, torch.TensorIndex.Slice(0, 45));
        other.index_put_(1e9f, torch.TensorIndex.Slice(81, 100));
        var (y, changed) = (FusedOps.Attention(p, gain, gain, blocked, shape), FusedOps.Attention(other, gain, gain, blocked, shape));
        Assert.True(y[torch.TensorIndex.Slice(45, 81)].equal(changed[torch.TensorIndex.Slice(45, 81)]).all().item<bool>());
    }

    private static (SequenceLayout Blocked, SequenceLayout Plain) Layouts(int batch, int length, int width, int window, int documentLength)
    {
        var documents = documentLength == 0 ? null : torch.tensor(Enumerable.Range(0, batch * length).Select(i => ((i % length) + (i / length * 3)) / documentLength).ToArray(), [batch, length]);
        SequenceLayout Layout(bool masked) => SequenceLayout.Create(batch, length, documents, window, width, 1000, torch.ScalarType.Float32, torch.CPU, masked);
        return (Layout(false), Layout(true));
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
