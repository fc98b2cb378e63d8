using System.Runtime.InteropServices;

namespace MoELab.Kernels.Cuda;

/// <summary>The stream that libtorch launches on, so that kernels of both run one after the other.</summary>
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
    /// Of a card. A libtorch that does not tell gets 0, the default stream: TorchSharp has no other way to choose one, and libtorch
    /// starts there.
    /// </summary>
    internal static nint Current(int card)
    {
        nint stream = 0;
        if (Getter.Value != 0 && ((delegate* unmanaged<int, nint*, int>)Getter.Value)(card, &stream) != 0)
            throw new InvalidOperationException($"libtorch gave no stream for card {card}");
        return stream;
    }
}
