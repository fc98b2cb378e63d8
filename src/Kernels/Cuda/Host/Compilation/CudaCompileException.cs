namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>Thrown for a source that does not compile.</summary>
internal sealed class CudaCompileException(string name, IReadOnlyList<CudaMessage> messages, string log)
    : CudaException(Sentence(name, messages, log))
{
    /// <summary>The compiler's messages, in order.</summary>
    public IReadOnlyList<CudaMessage> Messages { get; } = messages;

    private static string Sentence(string name, IReadOnlyList<CudaMessage> messages, string log) =>
        messages.FirstOrDefault(m => m.IsError) is { } error
        ? $"{error.File}, line {error.Line}: {error.Text}"
        : $"{name} does not compile; NVRTC says: {log.Trim().ReplaceLineEndings(" ")}";
}
