using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cuda;

/// <summary>Prepares tensors for the CUDA kernels.</summary>
internal static unsafe class CudaMemory
{
    private const long Alignment = 16;

    /// <summary>A contiguous tensor that starts at a 16-byte boundary; a view may start anywhere.</summary>
    internal static Tensor Whole(object tensor)
    {
        var dense = ((Tensor)tensor).contiguous();
        return At(dense) % Alignment == 0 ? dense : dense.clone();
    }

    /// <summary>The address of a tensor; 0 for null.</summary>
    internal static nint At(Tensor? tensor) => tensor is null ? 0 : (nint)NativeTensor.Pointer(tensor);
}
