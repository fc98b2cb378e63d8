using MoELab.Kernels.Cuda.Host.Compilation;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>
/// Compiled code on a GPU. Kept for the lifetime of the process, because its kernels may still be running when its user is disposed.
/// </summary>
internal sealed unsafe class CudaModule
{
    private const int MaxDynamicSharedBytes = 8;

    // The shared memory that a block has by default.
    private const int PlainSharedBytes = 48 * 1024;

    private readonly CudaDevice _device;
    private readonly string _name;
    private readonly nint _module;
    private readonly Dictionary<string, (nint Function, int SharedBytes)> _functions = new(StringComparer.Ordinal);

    internal CudaModule(CudaDevice device, string name, CudaBinary binary)
    {
        (_device, _name) = (device, name);
        device.Enter();
        fixed (byte* image = binary.Code)
            DriverErrors.Check(DriverMethods.cuModuleLoadData(out _module, image), name);
    }

    /// <summary>Launches a CUDA kernel; returns before it ends. Arguments in its order; stream 0 is the default one.</summary>
    internal void Launch(string kernel, LaunchShape shape, nint stream, ReadOnlySpan<KernelArgument> arguments)
    {
        if (shape.IsEmpty)
            return;
        _device.Enter();
        var function = Function(kernel, shape.SharedBytes);
        var values = stackalloc long[arguments.Length];
        var pointers = stackalloc void*[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Bits;
            pointers[i] = values + i;
        }
        DriverErrors.Check(DriverMethods.cuLaunchKernel(function, (uint)shape.Grid.X, (uint)shape.Grid.Y, (uint)shape.Grid.Z,
            (uint)shape.Block.X, (uint)shape.Block.Y, (uint)shape.Block.Z,
            (uint)shape.SharedBytes, stream, pointers, null), kernel);
    }

    private nint Function(string kernel, int sharedBytes)
    {
        lock (_functions)
        {
            if (!_functions.TryGetValue(kernel, out var known))
            {
                DriverErrors.Check(DriverMethods.cuModuleGetFunction(out var function, _module, kernel), $"{_name} has no kernel '{kernel}'");
                known = (function, PlainSharedBytes);
            }
            if (sharedBytes > known.SharedBytes)
            {
                if (sharedBytes > _device.SharedBytes)
                    throw new CudaException($"{kernel} requests {sharedBytes} bytes of shared memory; "
                        + $"a block on {_device.Name} has at most {_device.SharedBytes}");
                DriverErrors.Check(DriverMethods.cuFuncSetAttribute(known.Function, MaxDynamicSharedBytes, sharedBytes), kernel);
                known.SharedBytes = sharedBytes;
            }
            _functions[kernel] = known;
            return known.Function;
        }
    }
}
