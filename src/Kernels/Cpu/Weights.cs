using MoELab.Interop.Products;

namespace MoELab.Kernels.Cpu;

/// <summary>An expert's matrices as right operands.</summary>
internal static unsafe class Weights
{
    /// <summary>Gate and up as [Dp, 2Fp] in panels: tokens times it are the pre-activations.</summary>
    internal static void PackUp(WorkPlan plan, float* w13_EGD, int expert, float* to)
    {
        for (var half = 0; half < 2; half++)
        {
            var from = w13_EGD + (((nint)(2 * expert) + half) * plan.F * plan.D);
            for (var row = 0; row < plan.PaddedF; row += PanelSize.Width, to += (nint)PanelSize.Width * plan.PaddedD)
                Panels.PackTransposed(from, plan.F, plan.D, row, plan.PaddedD, to);
        }
    }

    /// <summary>One panel of W13 as [2Fp, Dp]: gradients of pre-activations times it are gradients of tokens.</summary>
    internal static void PackTokenGradient(WorkPlan plan, float* w13_EGD, int expert, int column, float* to)
    {
        for (var half = 0; half < 2; half++)
        {
            var from = w13_EGD + (((nint)(2 * expert) + half) * plan.F * plan.D);
            Panels.Pack(from, plan.F, plan.D, column, plan.PaddedF, to + ((nint)half * plan.PaddedF * PanelSize.Width));
        }
    }
}
