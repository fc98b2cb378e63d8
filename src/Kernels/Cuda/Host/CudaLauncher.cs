using System.Collections.Concurrent;

namespace MoELab.Cuda;

/// <summary>The kernels on a card, each module compiled and loaded when it is first used.</summary>
/// <param name="device">The card.</param>
/// <param name="compiler">NVRTC.</param>
/// <param name="activation">Takes the place of SwiGLU; null leaves it.</param>
internal sealed class CudaLauncher(CudaDevice device, CudaCompiler compiler, CudaText? activation = null) : IKernelLauncher
{
    private readonly ConcurrentDictionary<string, Lazy<CudaModule>> _modules = new();

    internal CudaDevice Device => device;

    /// <summary>What this card runs.</summary>
    internal CudaArchitecture Architecture { get; } = CudaArchitecture.For(device.Capability, compiler.Architectures);

    /// <summary>Launches on a card of this machine, or null and why there are none.</summary>
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

    /// <summary>Compiles and loads, so that nothing is left to fail later.</summary>
    /// <exception cref="CudaException">A source does not compile, or the driver does not take it.</exception>
    internal void Prepare(IEnumerable<CudaProgram> programs)
    {
        foreach (var program in programs)
            _ = Module(program);
    }

    /// <inheritdoc/>
    public void Launch(CudaProgram program, string kernel, LaunchShape shape, nint stream, params ReadOnlySpan<KernelArgument> arguments) =>
        Module(program).Launch(kernel, shape, stream, arguments);

    private CudaModule Module(CudaProgram program) => _modules.GetOrAdd(program.Name, name => new Lazy<CudaModule>(() =>
        new CudaModule(device, name, compiler.Compile(program.Source(activation), name, Architecture)))).Value;
}
