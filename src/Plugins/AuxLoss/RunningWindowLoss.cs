namespace MoELab.Plugins.AuxLoss;

// T tokens, E experts.

/// <summary>
/// A load-balancing loss over a running window: as <see cref="GlobalBatchLoss"/>, but <c>f_e</c> is expert e's share of the choices of the last steps,
/// the present one so far included. At a run's beginning, the window has the steps that there are. Gradients flow through the scores of the micro-batch.
/// </summary>
[Plugin("running-window", "Load-balancing loss with loads over the last steps")]
public sealed class RunningWindowLoss(RunningWindowLossOptions options) : IAuxiliaryLoss
{
    public double Weight => options.Weight;
    public int CountSteps => options.Steps;

    /// <exception cref="ArgumentException">The counts are missing.</exception>
    public Tensor Compute(in AuxiliaryLossInput input) => Shares.WithStepCounts(input, "running-window");
}
