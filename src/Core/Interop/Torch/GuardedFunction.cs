namespace MoELab.Interop.Torch;

/// <summary>A differentiable function of one result whose backward pass may throw, as <see cref="BackwardGuard"/> says.</summary>
/// <typeparam name="T">The function itself.</typeparam>
internal abstract class GuardedFunction<T> : torch.autograd.SingleTensorFunction<T> where T : GuardedFunction<T>, new()
{
    public sealed override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        BackwardGuard.Note(ctx, vars);
        return Compute(ctx, vars);
    }

    public sealed override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output) =>
        BackwardGuard.Gradients(ctx, () => Differentiate(ctx, grad_output));

    /// <summary>The result; saves in the context what <see cref="Differentiate"/> needs.</summary>
    protected abstract Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars);

    /// <summary>A gradient for each argument, null for those that are no tensors.</summary>
    protected abstract List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output);
}
