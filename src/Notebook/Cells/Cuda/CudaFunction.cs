using MoELab.Interop.Torch;
using MoELab.Kernels.Cuda;
using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;

namespace MoELab.Cells.Cuda;

/// <summary>A CUDA kernel of a <c>#!cuda</c> cell as a function over tensors.</summary>
public sealed class CudaFunction
{
    private readonly CudaProgram _program;
    private readonly Lazy<(CudaModule? Module, string Reason)> _module;

    internal CudaFunction(string name, CudaText text)
    {
        (Name, _program) = (name, new CudaProgram(text.Name));
        _module = new(() => Load(text));
    }

    /// <summary>The name of the CUDA kernel.</summary>
    public string Name { get; }

    /// <summary>Why it cannot run on this machine, in one sentence; empty if it can.</summary>
    public string Reason => _module.Value.Reason;

    /// <summary>Launches the CUDA kernel on torch's stream, after torch's earlier operations.</summary>
    /// <param name="grid">Number of blocks.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">
    /// In the kernel's order: a contiguous tensor on the GPU for a pointer, <c>int</c>, <c>long</c>, <c>float</c> or <c>double</c> for
    /// a number of that type. The tensor's data type is not checked against the pointer's.
    /// </param>
    /// <exception cref="InputException">It cannot run here, or an argument has the wrong type.</exception>
    public void Launch(int grid, int block, int sharedBytes, params object[] arguments) =>
        Launch((grid, 1, 1), (block, 1, 1), sharedBytes, arguments);

    /// <summary>Launches the CUDA kernel on torch's stream, after torch's earlier operations.</summary>
    /// <param name="grid">Blocks in x, y and z.</param>
    /// <param name="block">Threads of a block in x, y and z.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">Same as for the other overload.</param>
    /// <exception cref="InputException">It cannot run here, or an argument has the wrong type.</exception>
    public void Launch((int X, int Y, int Z) grid, (int X, int Y, int Z) block, int sharedBytes, params object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        KernelArgument[] values = [.. arguments.Select((a, i) => Value(a, i + 1))];
        if (_module.Value.Module is not { } module)
            throw new InputException($"{Name} cannot run here: {Reason}");
        try
        {
            module.Launch(Name, new LaunchShape(grid, block, sharedBytes), TorchStream.Current(0), values);
        }
        catch (CudaException e)
        {
            throw new InputException(e.Message, e);
        }
        GC.KeepAlive(arguments);
    }

    /// <inheritdoc/>
    public override string ToString() => Reason.Length == 0 ? $"{Name}: a CUDA kernel" : $"{Name}: a CUDA kernel that cannot run here; {Reason}";

    private unsafe KernelArgument Value(object argument, int position) => argument switch
    {
        int number => number,
        long number => number,
        float number => number,
        double number => number,
        torch.Tensor { device_type: not DeviceType.CUDA } tensor => throw Wrong(position, $"a tensor on {tensor.device}; expected one on cuda"),
        torch.Tensor tensor when !tensor.is_contiguous() => throw Wrong(position, "a non-contiguous view; expected tensor.contiguous()"),
        torch.Tensor tensor => (nint)NativeTensor.Pointer(tensor),
        _ => throw Wrong(position, $"{argument?.GetType().Name ?? "null"}; expected a tensor, an int, a long, a float or a double"),
    };

    private InputException Wrong(int position, string what) => new($"{Name}: argument {position} is {what}");

    private (CudaModule?, string) Load(CudaText text)
    {
        if (CudaDevice.Find(0, out var reason) is not { } device || CudaCompiler.Find(out reason) is not { } compiler)
            return (null, reason);
        try
        {
            return (new CudaModule(device, _program.Name,
                compiler.Compile(text.Numbered, text.Name, CudaArchitecture.For(device.Capability, compiler.Architectures))), "");
        }
        catch (CudaException e)
        {
            return (null, e.Message);
        }
    }
}
