using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MoELab.Interop.Torch;

namespace MoELab.Training.Steps;

/// <summary>Small [rows, columns] tensors as arrays on the host.</summary>
internal static class HostArrays
{
    public static long[,] ToLongs(Tensor values_LE) => Table<long>(values_LE, torch.ScalarType.Int64);

    public static float[,] ToFloats(Tensor values_LE) => Table<float>(values_LE, torch.ScalarType.Float32);

    public static double[] RowNorms(Tensor values_LE)
    {
        var values = ToFloats(values_LE);
        return [.. Enumerable.Range(0, values.GetLength(0)).Select(l =>
            Math.Sqrt(Enumerable.Range(0, values.GetLength(1)).Sum(e => (double)values[l, e] * values[l, e])))];
    }

    private static T[,] Table<T>(Tensor values_LE, torch.ScalarType type) where T : unmanaged
    {
        var table = new T[values_LE.shape[0], values_LE.shape[1]];
        HostMemory.Copy<T>(values_LE, type).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(table)), table.Length));
        return table;
    }
}
