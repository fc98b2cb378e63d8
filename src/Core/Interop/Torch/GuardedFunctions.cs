namespace MoELab.Interop.Torch;

/// <summary>A differentiable function of several results whose backward pass may throw, as <see cref="BackwardGuard"/> says.</summary>
/// <typeparam name="T">The function itself.</typeparam>
internal abstract class GuardedFunctions<T> : torch.autograd.MultiTensorFunction<T> where T : GuardedFunctions<T>, new()
{
    public sealed override List<Tensor> forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        BackwardGuard.Note(ctx, vars);
        return Compute(ctx, vars);
    }

    public sealed override List<Tensor> backward(torch.autograd.AutogradContext ctx, List<Tensor> grad_outputs) =>
        BackwardGuard.Gradients(ctx, () => Differentiate(ctx, grad_outputs));

    /// <summary>The results; saves in the context what <see cref="Differentiate"/> needs.</summary>
    protected abstract List<Tensor> Compute(torch.autograd.AutogradContext ctx, object[] vars);

    /// <summary>A gradient for each argument, null for those that are no tensors.</summary>
    protected abstract List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, List<Tensor> grad_outputs);
}
