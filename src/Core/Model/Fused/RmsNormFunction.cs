using MoELab.Interop.Torch;

namespace MoELab.Model.Fused;

// T rows, D width, P pieces.

/// <summary><c>x / rms(x) * gain</c>, plus a residual if there is one.</summary>
internal sealed unsafe class RmsNormFunction : GuardedFunction<RmsNormFunction>
{
    public override string Name => nameof(RmsNormFunction);

    internal static Tensor Run(Tensor x_TD, Tensor gain_D, Tensor? residual_TD, double eps)
    {
        var flat_TD = x_TD.is_contiguous() ? x_TD : x_TD.contiguous();
        if (torch.is_grad_enabled() && (x_TD.requires_grad || gain_D.requires_grad || residual_TD?.requires_grad == true))
            return residual_TD is null ? apply(flat_TD, gain_D, eps) : apply(flat_TD, gain_D, eps, residual_TD.contiguous());
        return Forward(flat_TD, gain_D, residual_TD?.contiguous(), eps, out _);
    }

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_TD = (Tensor)vars[0], gain_D = (Tensor)vars[1];
        var y_TD = Forward(x_TD, gain_D, vars.Length > 3 ? (Tensor)vars[3] : null, (double)vars[2], out var inverse_T);
        ctx.save_for_backward([x_TD, gain_D, inverse_T.MoveToOuterDisposeScope()]);
        ctx.save_data("residual", vars.Length > 3);
        return y_TD.MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (x_TD, gain_D, inverse_T) = (saved[0], saved[1], saved[2]);
        var dY_TD = grad_output.contiguous();
        var width = (int)x_TD.shape[^1];
        var rows = x_TD.numel() / width;
        var dX_TD = torch.empty_like(x_TD);
        var parts_PD = torch.zeros(RowPieces.Count(rows), width);
        float* dy = NativeTensor.Floats(dY_TD), x = NativeTensor.Floats(x_TD), gain = NativeTensor.Floats(gain_D),
            inverse = NativeTensor.Floats(inverse_T);
        float* dx = NativeTensor.Floats(dX_TD), parts = NativeTensor.Floats(parts_PD);
        RowPieces.Run(rows, (piece, first, end) =>
        {
            for (var t = first; t < end; t++)
                RowPieces.NormBackward(dy + (t * width), x + (t * width), gain, inverse[t], dx + (t * width), parts + ((long)piece * width), width);
        });
        var gradients = new List<Tensor> { dX_TD.MoveToOuterDisposeScope(), parts_PD.sum([0L]).MoveToOuterDisposeScope(), null! };
        if ((bool)ctx.get_data("residual"))
            gradients.Add(grad_output.alias().MoveToOuterDisposeScope());
        return gradients;
    }

    private static Tensor Forward(Tensor x_TD, Tensor gain_D, Tensor? residual_TD, double eps, out Tensor inverse_T)
    {
        var width = (int)x_TD.shape[^1];
        var rows = x_TD.numel() / width;
        var y_TD = torch.empty(x_TD.shape, dtype: torch.ScalarType.Float32);
        inverse_T = torch.empty([rows], dtype: torch.ScalarType.Float32);
        float* x = NativeTensor.Floats(x_TD), gain = NativeTensor.Floats(gain_D), y = NativeTensor.Floats(y_TD),
            inverse = NativeTensor.Floats(inverse_T);
        float* residual = NativeTensor.Floats(residual_TD);
        RowPieces.Run(rows, (_, first, end) =>
        {
            for (var t = first; t < end; t++)
            {
                inverse[t] = RowPieces.InverseRms(x + (t * width), width, eps);
                RowPieces.Scale(x + (t * width), gain, inverse[t], residual == null ? null : residual + (t * width), y + (t * width), width);
            }
        });
        return y_TD;
    }
}
