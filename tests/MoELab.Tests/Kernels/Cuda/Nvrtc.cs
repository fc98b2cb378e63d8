using System.Text.RegularExpressions;
using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The compiler for a test, or a skipped test with the reason.</summary>
internal static partial class Nvrtc
{
    /// <summary>The option that adds registers and spills of each CUDA kernel to the log.</summary>
    public const string Verbose = "--ptxas-options=-v";

    public static CudaCompiler Compiler()
    {
        var compiler = CudaCompiler.Find(out var reason);
        if (compiler is null)
            Assert.Skip(reason);
        return compiler.With(new CudaCache(TestFolders.New("cuda-cache")));
    }

    /// <summary>The registers of each CUDA kernel, and the bytes that did not fit into registers, of machine code compiled with <see cref="Verbose"/>.</summary>
    public static IReadOnlyList<(string Kernel, int Registers, int SpillBytes)> Usage(CudaBinary binary) => [.. Function().Matches(binary.Log)
        .Select(m => (m.Groups[1].Value, int.Parse(m.Groups[4].Value), int.Parse(m.Groups[2].Value) + int.Parse(m.Groups[3].Value)))];

    [GeneratedRegex(@"Compiling entry function '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes spill loads.*?Used (\d+) registers", RegexOptions.Singleline)]
    private static partial Regex Function();
}
