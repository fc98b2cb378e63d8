using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cuda;

/// <summary>Tensors as the kernels take them.</summary>
internal static unsafe class CudaMemory
{
    private const long Alignment = 16;

    /// <summary>Dense, and where 16 bytes can be read at once; a view may begin anywhere.</summary>
    internal static Tensor Whole(object tensor)
    {
        var dense = ((Tensor)tensor).contiguous();
        return At(dense) % Alignment == 0 ? dense : dense.clone();
    }

    /// <summary>Where a tensor begins; 0 for none.</summary>
    internal static nint At(Tensor? tensor) => tensor is null ? 0 : (nint)NativeTensor.Pointer(tensor);
}
