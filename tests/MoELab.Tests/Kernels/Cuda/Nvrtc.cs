using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>The compiler for a test, or a skipped test with the reason.</summary>
internal static class Nvrtc
{
    public static CudaCompiler Compiler()
    {
        var compiler = CudaCompiler.Find(out var reason);
        if (compiler is null)
            Assert.Skip(reason);
        return compiler.With(new CudaCache(TestFolders.New("cuda-cache")));
    }
}
