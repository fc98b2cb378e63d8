// Shapes: T tokens, D model width, F inner width, G = 2F, E experts, N choices, R row tiles, C column tiles.
using MoELab.Interop.Torch;
using MoELab.Kernels.Cuda.Host.Layers;
using static MoELab.Kernels.Cuda.CudaMemory;

namespace MoELab.Kernels.Cuda;

/// <summary>The CUDA kernels as a differentiable function of tokens, weights and gates. The gate and up products are kept for backward.</summary>
internal sealed class CudaLayerFunction : GuardedFunction<CudaLayerFunction>
{
    public override string Name => nameof(CudaLayerFunction);

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x_TD = Whole(vars[0]), w13_EGD = Whole(vars[1]), w2_EDF = Whole(vars[2]), gates_N = Whole(vars[3]), token_N = Whole(vars[4]),
            choice_N = Whole(vars[5]), ends_E = Whole(vars[6]);
        var call = (CudaCall)vars[7];
        var (sizes, layer) = (call.Sizes, call.Layer());

        var tile_R4 = torch.empty([sizes.Tiles, 4], dtype: torch.ScalarType.Int32, device: x_TD.device);
        var p_NG = call.Keep ? Rows(x_TD, sizes.N, 2L * sizes.F) : null;
        var h_NF = Rows(x_TD, sizes.N, sizes.F);
        var y_ND = Rows(x_TD, sizes.N, sizes.D);
        var y_TD = Rows(x_TD, sizes.T, sizes.D);
        layer.Tiles(At(ends_E), At(tile_R4));
        layer.Up(At(x_TD), At(w13_EGD), At(token_N), At(tile_R4), At(h_NF), At(p_NG));
        layer.Down(At(h_NF), At(w2_EDF), At(gates_N), At(choice_N), At(tile_R4), At(y_ND));
        Combine(layer, sizes, y_ND, token_N, choice_N, y_TD);

        if (p_NG is not null)
        {
            // Saved tensors are taken over after this function returns, so they must outlive this scope.
            p_NG.MoveToOuterDisposeScope();
            tile_R4.MoveToOuterDisposeScope();
            ctx.save_for_backward([.. vars.Take(7).Cast<Tensor>(), tile_R4, p_NG]);
            ctx.save_data("call", call);
            ctx.save_data("wanted", (bool[])[.. vars.Take(4).Select(v => ((Tensor)v).requires_grad)]);
        }
        return y_TD.MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables().Select(Whole).ToArray();
        var (x_TD, w13_EGD, w2_EDF, gates_N, token_N, choice_N, ends_E, tile_R4, p_NG) =
            (saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6], saved[7], saved[8]);
        var (call, wanted) = ((CudaCall)ctx.get_data("call"), (bool[])ctx.get_data("wanted"));
        var (sizes, layer) = (call.Sizes, call.Layer());
        var dy_TD = Whole(grad_output);

        var dp_NG = Rows(x_TD, sizes.N, 2L * sizes.F);
        var hg_NF = wanted[2] ? Rows(x_TD, sizes.N, sizes.F) : null;
        var parts_CN = wanted[3] ? torch.empty([layer.ColumnTiles, sizes.N], dtype: torch.ScalarType.Float32, device: x_TD.device) : null;
        layer.DownGradient(At(dy_TD), At(w2_EDF), At(p_NG), At(gates_N), At(token_N), At(choice_N), At(tile_R4), At(dp_NG), At(hg_NF), At(parts_CN));

        Tensor? dx_TD = null, dW13_EGD = null, dW2_EDF = null, dGates_N = null;
        if (wanted[0])
        {
            var dx_ND = Rows(x_TD, sizes.N, sizes.D);
            dx_TD = Rows(x_TD, sizes.T, sizes.D);
            layer.UpGradient(At(dp_NG), At(w13_EGD), At(choice_N), At(tile_R4), At(dx_ND));
            Combine(layer, sizes, dx_ND, token_N, choice_N, dx_TD);
        }
        if (wanted[1])
            layer.UpWeightGradient(At(dp_NG), At(x_TD), At(token_N), At(ends_E), At(dW13_EGD = torch.empty_like(w13_EGD)));
        if (wanted[2])
            layer.DownWeightGradient(At(dy_TD), At(hg_NF), At(token_N), At(ends_E), At(dW2_EDF = torch.empty_like(w2_EDF)));
        if (wanted[3])
            layer.GateGradient(At(parts_CN), At(choice_N), At(dGates_N = torch.empty_like(gates_N)));
        return [.. new[] { dx_TD, dW13_EGD, dW2_EDF, dGates_N }.Select(g => g?.MoveToOuterDisposeScope()!), null!, null!, null!, null!];
    }

    private static void Combine(ExpertLayer layer, ExpertSizes sizes, Tensor rows_ND, Tensor token_N, Tensor choice_N, Tensor out_TD)
    {
        if (sizes.K > 0)
        {
            layer.Combine(At(rows_ND), 0, 0, At(out_TD));
            return;
        }
        var tokenOfChoice_N = torch.empty_like(token_N).scatter(0, choice_N, token_N);
        var (sorted_N, order_N) = torch.sort(tokenOfChoice_N, 0, descending: false, stable: true);
        var tokens_T1 = Indices.Below(sizes.T + 1, token_N.device);
        var starts_T1 = torch.searchsorted(sorted_N, tokens_T1).to(torch.ScalarType.Int32);
        layer.Combine(At(rows_ND), At(starts_T1), At(order_N.to(torch.ScalarType.Int32)), At(out_TD));
    }

    private static Tensor Rows(Tensor like, long rows, long columns) => torch.empty([rows, columns], dtype: like.dtype, device: like.device);
}
