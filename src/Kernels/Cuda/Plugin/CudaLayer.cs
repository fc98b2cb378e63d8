// Shapes: T tokens, D model width, F inner width, E experts, N choices.
using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Kernels.Cuda;

/// <summary>The expert layer on tensors of the device on which its launcher runs.</summary>
internal static class CudaLayer
{
    /// <summary>Runs the experts. Tokens and weights are bfloat16, gates float32.</summary>
    /// <exception cref="ArgumentException">The CUDA kernels do not support these sizes.</exception>
    internal static Tensor Run(CudaPlace place, Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        using var scope = torch.NewDisposeScope();
        int d = (int)x_TD.shape[1], f = weights.Width, n = checked((int)plan.RowToken_N.numel());
        if (n == 0)
            return torch.zeros_like(x_TD).MoveToOuterDisposeScope();
        int d8 = Padded(d), f8 = Padded(f);
        var sizes = new ExpertSizes(plan.Tokens, d8, f8, weights.Experts, plan.TopK, n);
        try
        {
            sizes.Check();
        }
        catch (CudaException e)
        {
            throw new ArgumentException(e.Message, nameof(plan), e);
        }
        var (w13_EGD, w2_EDF) = (weights.W13_EGD, weights.W2_EDF);
        // Columns and rows of zeros do not change any sum; autograd removes them from the gradients again.
        if (d8 != d)
            x_TD = Pad(x_TD, d8 - d, 0);
        if (d8 != d || f8 != f)
        {
            w13_EGD = Pad(w13_EGD.reshape(sizes.E, 2, f, d), d8 - d, f8 - f).reshape(sizes.E, 2 * f8, d8);
            w2_EDF = Pad(w2_EDF, f8 - f, d8 - d);
        }
        // Checked here, because autograd records nothing inside the function.
        var keep = torch.is_grad_enabled() && (x_TD.requires_grad || w13_EGD.requires_grad || w2_EDF.requires_grad || gates_N.requires_grad);
        var y_TD = CudaLayerFunction.apply(x_TD, w13_EGD, w2_EDF, gates_N, plan.RowToken_N, plan.RowChoice_N, plan.Ends_E,
            new CudaCall(place, sizes, keep));
        return (d8 == d ? y_TD : y_TD.narrow(1, 0, d)).MoveToOuterDisposeScope();
    }

    private static int Padded(int width) => (width + ExpertSizes.Step - 1) / ExpertSizes.Step * ExpertSizes.Step;

    private static Tensor Pad(Tensor tensor, long columns, long rows) =>
        torch.nn.functional.pad(tensor, rows == 0 ? [0, columns] : [0, columns, 0, rows]);
}

/// <summary>State, other than tensors, that a layer's forward and backward share.</summary>
internal sealed record CudaCall(CudaPlace Place, ExpertSizes Sizes, bool Keep)
{
    internal ExpertLayer Layer() => new(Place.Launcher, Sizes, Place.Tile, Place.Stream());
}
