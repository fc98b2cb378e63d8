using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace MoELab.Interop.Torch;

/// <summary>
/// Exceptions in the backward pass of a function in C#. libtorch calls it, and an exception that crossed native frames would end the
/// process. So it is kept; libtorch gets gradients of a shape that it refuses, and ends the pass; whoever began the pass throws what
/// was kept. The pass must be a <c>backward</c>: at TorchSharp's <c>grad</c> any error of libtorch ends the process. Of two passes that
/// fail at the same moment in one process either may get the other's exception.
/// </summary>
internal static class BackwardGuard
{
    private const string Key = "tensors";
    private static Exception? s_kept;

    /// <summary>Runs a backward pass and throws what a function in it threw.</summary>
    internal static void Run(Action pass)
    {
        try
        {
            pass();
        }
        catch (ExternalException e) when (e.Message.Contains("returned an invalid gradient", StringComparison.Ordinal))
        {
            if (Interlocked.Exchange(ref s_kept, null) is { } kept)
                ExceptionDispatchInfo.Throw(kept);
            throw;
        }
    }

    /// <summary>Remembers which arguments of a forward pass have gradients.</summary>
    internal static void Note(torch.autograd.AutogradContext context, object[] arguments) =>
        context.save_data(Key, (bool[])[.. arguments.Select(a => a is Tensor { IsInvalid: false })]);

    /// <summary>
    /// The gradients, or after an exception numbers, which libtorch rejects: a number is not a valid gradient, because every argument has at least
    /// one dimension.
    /// </summary>
    internal static List<Tensor> Gradients(torch.autograd.AutogradContext context, Func<List<Tensor>> differentiate)
    {
        try
        {
            return differentiate();
        }
#pragma warning disable CA1031 // An exception must not cross native frames; Run throws it again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.Exchange(ref s_kept, e);
            return [.. ((bool[])context.get_data(Key)).Select(tensor => tensor ? torch.tensor(0f) : null!)];
        }
    }
}
