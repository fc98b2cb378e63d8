using System.Runtime.Intrinsics;
using MoELab.Interop;

namespace MoELab.Model.Fused;

// T rows, A width.

/// <summary><c>o * sigmoid(gate)</c>.</summary>
internal sealed unsafe class GateFunction : GuardedFunction<GateFunction>
{
    public override string Name => nameof(GateFunction);

    internal static Tensor Run(Tensor o_TA, Tensor gate_TA)
    {
        var (flat_TA, flatGate_TA) = (o_TA.contiguous(), gate_TA.contiguous());
        return torch.is_grad_enabled() && (o_TA.requires_grad || gate_TA.requires_grad) ? apply(flat_TA, flatGate_TA) : Forward(flat_TA, flatGate_TA);
    }

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor o_TA = (Tensor)vars[0], gate_TA = (Tensor)vars[1];
        ctx.save_for_backward([o_TA, gate_TA]);
        return Forward(o_TA, gate_TA).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var dY_TA = grad_output.contiguous();
        var width = saved[0].shape[^1];
        Tensor dO_TA = torch.empty_like(saved[0]), dGate_TA = torch.empty_like(saved[0]);
        float* o = NativeTorch.Floats(saved[0]), gate = NativeTorch.Floats(saved[1]), dy = NativeTorch.Floats(dY_TA);
        float* dO = NativeTorch.Floats(dO_TA), dGate = NativeTorch.Floats(dGate_TA);
        RowPieces.Run(saved[0].numel() / width, (_, first, end) =>
        {
            var (i, last) = (first * width, end * width);
            for (; i <= last - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256<float> s = VectorMath.Sigmoid(Vector256.Load(gate + i)), d = Vector256.Load(dy + i);
                var ds = d * s;
                ds.Store(dO + i);
                (ds * (Vector256<float>.One - s) * Vector256.Load(o + i)).Store(dGate + i);
            }
            for (; i < last; i++)
            {
                var s = VectorMath.Sigmoid(gate[i]);
                (dO[i], dGate[i]) = (dy[i] * s, dy[i] * s * (1 - s) * o[i]);
            }
        });
        return [dO_TA.MoveToOuterDisposeScope(), dGate_TA.MoveToOuterDisposeScope()];
    }

    private static Tensor Forward(Tensor o_TA, Tensor gate_TA)
    {
        var width = o_TA.shape[^1];
        var y_TA = torch.empty(o_TA.shape, dtype: torch.ScalarType.Float32);
        float* o = NativeTorch.Floats(o_TA), gate = NativeTorch.Floats(gate_TA), y = NativeTorch.Floats(y_TA);
        RowPieces.Run(o_TA.numel() / width, (_, first, end) =>
        {
            var (i, last) = (first * width, end * width);
            for (; i <= last - Vector256<float>.Count; i += Vector256<float>.Count)
                (Vector256.Load(o + i) * VectorMath.Sigmoid(Vector256.Load(gate + i))).Store(y + i);
            for (; i < last; i++)
                y[i] = o[i] * VectorMath.Sigmoid(gate[i]);
        });
        return y_TA;
    }
}
