// Shapes: P rows of all experts in whole blocks, E experts, K summed dimension, M outputs.

using MoELab.Interop.Torch;

namespace MoELab.Experts.Mxfp8;

/// <summary>
/// The product of each expert's rows with its weight, both rounded to MXFP8 along the dimension that is summed, as low-precision training computes
/// it; so are the two products of the backward pass, each along its own sum. Sums are in float32.
/// </summary>
internal sealed class Mxfp8Product : GuardedFunction<Mxfp8Product>
{
    public override string Name => nameof(Mxfp8Product);

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_PK = (Tensor)vars[0], w_EMK = (Tensor)vars[1];
        var (rows, scale) = ((Mxfp8Rows)vars[2], (Mxfp8Scale)vars[3]);
        ctx.save_for_backward([x_PK, w_EMK]);
        ctx.save_data("rows", rows);
        ctx.save_data("scale", scale);
        ctx.save_data("wanted", (bool[])[x_PK.requires_grad, w_EMK.requires_grad]);
        var roundX_PK = Mxfp8Blocks.AlongColumns(x_PK, scale);
        var roundW_EMK = Each(w_EMK, scale);
        return PerExpert(rows, (e, start, count) => torch.mm(roundX_PK.narrow(0, start, count), roundW_EMK[e].t())).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var (saved, wanted) = (ctx.get_saved_variables(), (bool[])ctx.get_data("wanted"));
        var (rows, scale) = ((Mxfp8Rows)ctx.get_data("rows"), (Mxfp8Scale)ctx.get_data("scale"));
        var dX_PK = wanted[0] ? OfRows(grad_output, saved[1], rows, scale).MoveToOuterDisposeScope() : null;
        var dW_EMK = wanted[1] ? OfWeights(grad_output, saved[0], saved[1], rows, scale).MoveToOuterDisposeScope() : null;
        return [dX_PK!, dW_EMK!, null!, null!];
    }

    private static Tensor OfRows(Tensor dY_PM, Tensor w_EMK, Mxfp8Rows rows, Mxfp8Scale scale)
    {
        var roundY_PM = Mxfp8Blocks.AlongColumns(dY_PM, scale);
        var roundW_EKM = Each(w_EMK.transpose(1, 2), scale);
        return PerExpert(rows, (e, start, count) => torch.mm(roundY_PM.narrow(0, start, count), roundW_EKM[e].t()));
    }

    private static Tensor OfWeights(Tensor dY_PM, Tensor x_PK, Tensor w_EMK, Mxfp8Rows rows, Mxfp8Scale scale)
    {
        var (roundY_PM, roundX_PK) = (Mxfp8Blocks.AlongRows(dY_PM, scale), Mxfp8Blocks.AlongRows(x_PK, scale));
        var dW_EMK = torch.zeros_like(w_EMK);
        foreach (var (expert, start, count) in rows.Groups)
            dW_EMK[expert] = torch.mm(roundY_PM.narrow(0, start, count).t(), roundX_PK.narrow(0, start, count));
        return dW_EMK;
    }

    private static Tensor Each(Tensor w_EMK, Mxfp8Scale scale) => Mxfp8Blocks.AlongColumns(w_EMK.reshape(-1, w_EMK.shape[2]), scale).reshape(w_EMK.shape);

    private static Tensor PerExpert(Mxfp8Rows rows, Func<int, long, long, Tensor> product) =>
        torch.cat([.. rows.Groups.Select(g => product(g.Expert, g.Start, g.Count))], 0);
}
