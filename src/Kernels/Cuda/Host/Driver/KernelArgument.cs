namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>One argument of a CUDA kernel: a pointer, an integer or a float, in the low bytes.</summary>
internal readonly record struct KernelArgument(long Bits)
{
    public static implicit operator KernelArgument(nint pointer) => new(pointer);

    public static implicit operator KernelArgument(int value) => new(value);

    public static implicit operator KernelArgument(long value) => new(value);

    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));

    public static implicit operator KernelArgument(double value) => new(BitConverter.DoubleToInt64Bits(value));
}
