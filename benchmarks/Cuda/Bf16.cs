namespace MoELab.CudaCheck;

/// <summary>bfloat16 as the kernels hold it: the upper half of a float.</summary>
internal static class Bf16
{
    internal static ushort From(double value)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    internal static double To(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    internal static double[] To(ushort[] values) => Array.ConvertAll(values, To);

    internal static ushort[] Normal(Random random, long count, double scale)
    {
        var values = new ushort[count];
        for (long i = 0; i < count; i++)
            values[i] = From(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
