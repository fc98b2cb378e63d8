using System.Runtime.InteropServices;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>Arrays for kernels: random, poisoned, and to and from bf16.</summary>
internal static class Numbers
{
    /// <summary>Every byte 0xff: NaN as bf16 and float32, -1 as an integer.</summary>
    public static T[] Poisoned<T>(long count)
        where T : unmanaged
    {
        var array = new T[count];
        MemoryMarshal.AsBytes(array.AsSpan()).Fill(0xff);
        return array;
    }

    /// <summary>Uniform in [-scale, scale).</summary>
    public static float[] Random(Random random, long count, float scale = 1) =>
        [.. Enumerable.Range(0, (int)count).Select(_ => (float)((random.NextDouble() * 2) - 1) * scale)];

    /// <summary>The same as bf16.</summary>
    public static ushort[] RandomBf16(Random random, long count, float scale = 1) => Array.ConvertAll(Random(random, count, scale), Bf16);

    /// <summary>To the nearest bf16, ties to even.</summary>
    public static ushort Bf16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7fff : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    public static double Widen(ushort bf16) => BitConverter.UInt32BitsToSingle((uint)bf16 << 16);

    /// <summary>
    /// Each result is the expected one rounded to bf16, give or take the error of a float32 sum whose terms add up to
    /// <paramref name="magnitude"/> in absolute value.
    /// </summary>
    public static void AssertBf16(double[] expected, double[] magnitude, ushort[] actual, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Math.Abs(Widen(actual[i]) - expected[i]);
            var allowed = (Math.Abs(expected[i]) / 256) + (magnitude[i] * 2e-6) + 1e-30;
            Assert.True(error <= allowed, $"{name}[{i}] is {Widen(actual[i])}, expected {expected[i]} within {allowed}");
        }
    }

    public static void AssertClose(double[] expected, float[] actual, double relative, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= relative * (Math.Abs(expected[i]) + 1e-6), $"{name}[{i}] is {actual[i]}, expected {expected[i]}");
    }
}
