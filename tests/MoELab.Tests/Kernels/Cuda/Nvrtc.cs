using System.Text.RegularExpressions;
using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The compiler for a test, or a skipped test with the reason.</summary>
internal static partial class Nvrtc
{
    /// <summary>The option by which the assembler reports registers and spills.</summary>
    public const string Verbose = "--ptxas-options=-v";

    // What one test has compiled, with its log, another one reads.
    private static readonly Lazy<string> Folder = new(() => TestFolders.New("cuda-cache"));

    /// <summary>The folder of the cache that tests share which are not about the cache.</summary>
    public static string SharedCache => Folder.Value;

    /// <summary>The compiler with the shared cache.</summary>
    public static CudaCompiler Shared() => Compiler().With(new CudaCache(SharedCache));

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
