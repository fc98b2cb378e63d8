using MoELab.Experts;
using MoELab.Interop.Torch;

namespace MoELab.Model.Fused;

// T rows, F inner width, G = 2F.

/// <summary><c>silu(gate) * up</c>; gate is the first half of the last axis.</summary>
internal sealed unsafe class SwiGluFunction : GuardedFunction<SwiGluFunction>
{
    public override string Name => nameof(SwiGluFunction);

    internal static Tensor Run(Tensor h_TG)
    {
        var flat_TG = h_TG.is_contiguous() ? h_TG : h_TG.contiguous();
        return torch.is_grad_enabled() && h_TG.requires_grad ? apply(flat_TG) : Forward(flat_TG);
    }

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        var h_TG = (Tensor)vars[0];
        ctx.save_for_backward([h_TG]);
        return Forward(h_TG).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var h_TG = ctx.get_saved_variables()[0];
        var dY_TF = grad_output.contiguous();
        var width = (int)h_TG.shape[^1] / 2;
        var dH_TG = torch.empty_like(h_TG);
        float* h = NativeTensor.Floats(h_TG), dy = NativeTensor.Floats(dY_TF), dh = NativeTensor.Floats(dH_TG);
        RowPieces.Run(h_TG.numel() / (2L * width), (_, first, end) =>
        {
            // The routine for experts also returns the weighted inner row, which is not needed here.
            var unused = stackalloc float[width];
            for (var t = first; t < end; t++)
                SwiGlu.Backward(h + (t * 2 * width), dy + (t * width), 1, dh + (t * 2 * width), unused, width);
        });
        return [dH_TG.MoveToOuterDisposeScope()];
    }

    private static Tensor Forward(Tensor h_TG)
    {
        var width = (int)h_TG.shape[^1] / 2;
        var y_TF = torch.empty([.. h_TG.shape[..^1], width], dtype: torch.ScalarType.Float32);
        float* h = NativeTensor.Floats(h_TG), y = NativeTensor.Floats(y_TF);
        RowPieces.Run(h_TG.numel() / (2L * width), (_, first, end) =>
        {
            for (var t = first; t < end; t++)
                SwiGlu.Forward(h + (t * 2 * width), 1, y + (t * width), width);
        });
        return y_TF;
    }
}
