using System.Text.RegularExpressions;

namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>A compiled source.</summary>
/// <param name="Code">Machine code, or PTX that ends in a zero byte.</param>
/// <param name="Log">The compiler's log.</param>
/// <param name="FromCache">Whether it was read from disk.</param>
internal sealed partial record CudaBinary(byte[] Code, string Log, bool FromCache)
{
    /// <summary>
    /// The registers of each CUDA kernel, and the bytes that did not fit into registers; read from the log, so only for machine code compiled
    /// with <see cref="CudaCompiler.Verbose"/>.
    /// </summary>
    internal IReadOnlyList<(string Kernel, int Registers, int SpillBytes)> Usage => [.. Function().Matches(Log)
        .Select(m => (m.Groups[1].Value, int.Parse(m.Groups[4].Value), int.Parse(m.Groups[2].Value) + int.Parse(m.Groups[3].Value)))];

    [GeneratedRegex(@"Compiling entry function '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes spill loads.*?Used (\d+) registers",
        RegexOptions.Singleline)]
    private static partial Regex Function();
}
