namespace MoELab.Training;

/// <summary>Small [rows, columns] tensors as arrays on the host.</summary>
internal static class HostArrays
{
    public static long[,] ToLongs(Tensor values_LE)
    {
        using var host = values_LE.cpu().contiguous();
        var flat = host.data<long>().ToArray();
        var array = new long[values_LE.shape[0], values_LE.shape[1]];
        Buffer.BlockCopy(flat, 0, array, 0, flat.Length * sizeof(long));
        return array;
    }

    public static float[,] ToFloats(Tensor values_LE)
    {
        using var host = values_LE.cpu().contiguous();
        var flat = host.data<float>().ToArray();
        var array = new float[values_LE.shape[0], values_LE.shape[1]];
        Buffer.BlockCopy(flat, 0, array, 0, flat.Length * sizeof(float));
        return array;
    }

    public static double[] RowNorms(Tensor values_LE)
    {
        var values = ToFloats(values_LE);
        return [.. Enumerable.Range(0, values.GetLength(0)).Select(l =>
            Math.Sqrt(Enumerable.Range(0, values.GetLength(1)).Sum(e => (double)values[l, e] * values[l, e])))];
    }
}
