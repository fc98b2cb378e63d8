namespace MoELab.Interop.Torch;

/// <summary>
/// Operations over lists of tensors in few launches, by TorchScript, which TorchSharp does not wrap. A script that does not
/// compile ends the process, so that scripts are constants and a test compiles each.
/// </summary>
public static class Foreach
{
    private const string Script = """
        def fused_adamw(parameters: List[Tensor], gradients: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor],
                        lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._fused_adamw_(parameters, gradients, first, second, [], steps, lr=lr, beta1=beta1, beta2=beta2,
                                weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            return lr

        """;

    private static readonly Lazy<torch.jit.CompilationUnit> Unit = new(() => torch.jit.compile(Script));

    /// <summary>
    /// One AdamW step over all parameters, in place (decay, moments, bias correction). The number of the step, from 1, is a float32 scalar on each
    /// parameter's device.
    /// </summary>
    public static void FusedAdamW(Tensor[] parameters, Tensor[] gradients, Tensor[] first, Tensor[] second, Tensor[] steps,
        double learningRate, double beta1, double beta2, double weightDecay, double eps)
    {
        if (parameters.Length == 0)
            return;
        using var rate = Scalars.Once(learningRate);
        Unit.Value.invoke("fused_adamw", parameters, gradients, first, second, steps, rate, Scalars.Of(beta1), Scalars.Of(beta2),
            Scalars.Of(weightDecay), Scalars.Of(eps));
    }
}
