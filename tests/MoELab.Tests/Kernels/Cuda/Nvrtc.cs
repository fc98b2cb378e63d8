using MoELab.Cuda;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The compiler for a test, or a skipped test with the reason.</summary>
internal static class Nvrtc
{
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
}
