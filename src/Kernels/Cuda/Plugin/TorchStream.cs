using System.Runtime.InteropServices;

namespace MoELab.Kernels.Cuda;

/// <summary>The stream that libtorch uses, so that its kernels and ours run in order.</summary>
internal static unsafe class TorchStream
{
    private static readonly Lazy<nint> Getter = new(() =>
    {
        foreach (var name in (ReadOnlySpan<string>)["libtorch_cuda.so", "torch_cuda.dll", "torch_cuda"])
        {
            if (NativeLibrary.TryLoad(name, typeof(torch).Assembly, null, out var library)
                && NativeLibrary.TryGetExport(library, "aoti_torch_get_current_cuda_stream", out var address))
                return address;
        }
        return 0;
    });

    /// <summary>
    /// The stream of a GPU. If libtorch does not report one, this is 0, the default stream: TorchSharp cannot choose another, and libtorch
    /// starts there.
    /// </summary>
    internal static nint Current(int ordinal)
    {
        nint stream = 0;
        if (Getter.Value != 0 && ((delegate* unmanaged<int, nint*, int>)Getter.Value)(ordinal, &stream) != 0)
            throw new InvalidOperationException($"libtorch returned no stream for GPU {ordinal}");
        return stream;
    }
}
