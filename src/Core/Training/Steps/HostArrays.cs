using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MoELab.Interop.Torch;

namespace MoELab.Training.Steps;

/// <summary>Small [rows, columns] tensors as arrays on the host.</summary>
internal static class HostArrays
{
    public static long[,] ToLongs(Tensor values_LE) => Table<long>(values_LE, torch.ScalarType.Int64);

    public static float[,] ToFloats(Tensor values_LE) => Table<float>(values_LE, torch.ScalarType.Float32);

    /// <summary>Euclidean norm of each row.</summary>
    public static double[] RowNorms(float[,] values_LE) => [.. Enumerable.Range(0, values_LE.GetLength(0)).Select(l =>
        Math.Sqrt(Enumerable.Range(0, values_LE.GetLength(1)).Sum(e => (double)values_LE[l, e] * values_LE[l, e])))];

    private static T[,] Table<T>(Tensor values_LE, torch.ScalarType type) where T : unmanaged
    {
        var table = new T[values_LE.shape[0], values_LE.shape[1]];
        HostMemory.Copy<T>(values_LE, type).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(table)),
            table.Length));
        return table;
    }
}
