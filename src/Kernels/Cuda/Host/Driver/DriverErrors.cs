using System.Runtime.InteropServices;

namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>Turns the driver's result codes into sentences.</summary>
internal static class DriverErrors
{
    private const int OutOfMemory = 2, NoDevice = 100, InvalidImage = 200, NoBinary = 209, InvalidPtx = 218, UnsupportedPtx = 222,
        IllegalAddress = 700, LaunchOutOfResources = 701;

    /// <exception cref="CudaException">The result is not success.</exception>
    internal static void Check(int result, string what)
    {
        if (result != 0)
            throw new CudaException(Sentence(result, what));
    }

    internal static string Sentence(int result, string what) => result switch
    {
        OutOfMemory => $"{what}: GPU memory is full",
        NoDevice => "the NVIDIA driver found no GPU",
        InvalidImage or NoBinary or InvalidPtx or UnsupportedPtx => $"{what}: the driver rejected the code that NVRTC compiled ({Name(result)}); "
            + "install a newer driver",
        IllegalAddress => $"{what}: a CUDA kernel read or wrote invalid memory, and the GPU context is lost; "
            + "start the process again and run it under compute-sanitizer",
        LaunchOutOfResources => $"{what}: the GPU has too few registers or too little shared memory for this launch",
        _ => $"{what}: the CUDA driver returned {Name(result)}",
    };

    private static string Name(int result)
    {
        if (!NativeLibraries.HasDriver || DriverMethods.cuGetErrorName(result, out var name) != 0 || name == 0)
            return $"error {result}";
        var text = DriverMethods.cuGetErrorString(result, out var pointer) == 0 ? Marshal.PtrToStringUTF8(pointer) : null;
        return text is null ? Marshal.PtrToStringUTF8(name)! : $"{Marshal.PtrToStringUTF8(name)}, {text}";
    }
}
