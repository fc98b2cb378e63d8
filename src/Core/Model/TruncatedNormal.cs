using MoELab.Interop.Torch;
using MoELab.Randomness;

namespace MoELab.Model;

/// <summary>
/// Truncated normal initialisation (Trinity report, section 2.4): standard deviation sigma, cut at three sigma. Blocks of numbers
/// have their own streams, keyed by seed, name and block, so that neither creation order nor threads can change a value.
/// </summary>
internal static class TruncatedNormal
{
    private const int BlockSize = 1 << 15;
    private const float Cut = 3f;

    /// <summary>A float32 tensor on the CPU.</summary>
    public static Tensor Create(long[] shape, double sigma, long seed, string name)
    {
        // libtorch's own memory is aligned, a .NET array is not, and the bits of a matrix product depend on alignment.
        var tensor = torch.empty(shape, dtype: torch.ScalarType.Float32);
        var count = tensor.numel();
        System.Threading.Tasks.Parallel.For(0L, (count + BlockSize - 1) / BlockSize, block =>
        {
            var start = block * BlockSize;
            var values = NativeTensor.Floats(tensor, start, (int)Math.Min(BlockSize, count - start));
            Fill(values, (float)sigma, new Philox(seed, "init", name, block));
        });
        return tensor;
    }

    private static void Fill(Span<float> values, float sigma, Philox random)
    {
        for (var i = 0; i < values.Length;)
        {
            var uniform = (random.NextUInt() + 1.0) * (1.0 / 4294967296.0);
            var radius = MathF.Sqrt(-2f * (float)Math.Log(uniform));
            var (sin, cos) = MathF.SinCos((float)(random.NextUInt() * (2 * Math.PI / 4294967296.0)));
            if (MathF.Abs(radius * cos) <= Cut)
                values[i++] = sigma * radius * cos;
            if (i < values.Length && MathF.Abs(radius * sin) <= Cut)
                values[i++] = sigma * radius * sin;
        }
    }
}
