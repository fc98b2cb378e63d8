using System.Collections.Concurrent;
using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>Launches the CUDA kernels on a GPU; each module is compiled and loaded at first use. An activation replaces SwiGLU.</summary>
internal sealed class CudaLauncher(CudaDevice device, CudaCompiler compiler, CudaText? activation = null) : IKernelLauncher
{
    private readonly ConcurrentDictionary<string, Lazy<CudaModule>> _modules = new();

    internal CudaDevice Device => device;

    /// <summary>The target that this GPU runs.</summary>
    internal CudaArchitecture Architecture { get; } = CudaArchitecture.For(device.Capability, compiler.Architectures);

    /// <summary>A launcher for a GPU of this machine, or null with the reason why there is none.</summary>
    internal static CudaLauncher? Find(int ordinal, CudaText? activation, out string reason)
    {
        if (CudaDevice.Find(ordinal, out reason) is not { } device || CudaCompiler.Find(out reason) is not { } compiler)
            return null;
        try
        {
            return new CudaLauncher(device, compiler, activation);
        }
        catch (CudaException e)
        {
            reason = e.Message;
            return null;
        }
    }

    /// <summary>Compiles and loads everything now, so that nothing can fail later.</summary>
    /// <exception cref="CudaException">A source does not compile, or the driver rejects it.</exception>
    internal void Prepare(IEnumerable<CudaProgram> programs)
    {
        foreach (var program in programs)
            _ = Module(program);
    }

    public void Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments) =>
        Module(program).Launch(kernel, shape, stream, arguments);

    private CudaModule Module(CudaProgram program) => _modules.GetOrAdd(program.Name, name => new Lazy<CudaModule>(() =>
        new CudaModule(device, name, compiler.Compile(program.Source(activation), name, Architecture)))).Value;
}
