using MoELab.Interop.Torch;

namespace MoELab.Plugins.AdamW;

/// <summary>Shared by AdamW and AdamH: two moments per parameter, and Adam's step over all of them in one launch.</summary>
internal static class AdamMoments
{
    internal static OptimizerState CreateState(IReadOnlyList<Parameter> parameters) => new(parameters, "first", "second");

    /// <summary>Updates the moments and moves the targets: <c>target -= lr·(decay·target + m̂ / (√v̂ + eps))</c>.</summary>
    /// <param name="parameters">Parameters of one device that have a gradient.</param>
    /// <param name="targets">A tensor of each one's shape: the parameter itself, or zeros where only the direction is wanted.</param>
    /// <param name="state">Their moments; its number of steps includes this one.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="betas">Decay of the first and the second moment.</param>
    /// <param name="decay">Decoupled weight decay.</param>
    /// <param name="eps">Added to the root of the second moment.</param>
    internal static void Step(Parameter[] parameters, Tensor[] targets, OptimizerState state, double learningRate, (double First, double Second) betas,
        double decay, double eps)
    {
        var count = torch.tensor((float)state.Steps).to(parameters[0].Value.device);
        Foreach.FusedAdamW(
            targets, [.. parameters.Select(p => p.Value.grad!)],
            [.. parameters.Select(p => state.Get(p, "first"))], [.. parameters.Select(p => state.Get(p, "second"))],
            [.. parameters.Select(_ => count)], learningRate, betas.First, betas.Second, decay, eps);
    }
}
