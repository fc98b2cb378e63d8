using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MoELab.Randomness;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// Standard normal numbers that are drawn once and read at shifting places: a token's noise is a window of it that begins at a random place, so that
/// a step of a million scores needs some thousand random numbers and not a million. Within a step, tokens' windows overlap, but hardly ever for the
/// same expert: a step's loads scatter as with fresh noise. Averages over many steps rest on fewer numbers than they seem to, so each step replaces a
/// slice by fresh ones. The numbers are kept in 16 bits, as whole multiples of 1/4096: half the memory to pass through, and twice as many in a vector.
/// </summary>
internal sealed unsafe class NoisePool : IDisposable
{
    /// <summary>Numbers in the pool: 256 KiB, which a core has in a cache of its own.</summary>
    public const int Size = 1 << 17;

    /// <summary>Numbers that a step replaces.</summary>
    public const int Slice = 1 << 11;

    /// <summary>What 1 is in the pool.</summary>
    public const int One = 4096;

    // The longest row and its padding: a window that begins at the last number goes on with a copy of the first ones.
    private const int Guard = 1024 + (2 * ScoreStream.Word);

    private readonly long _seed;
    private short* _numbers;

    public NoisePool(long seed)
    {
        _seed = seed;
        _numbers = (short*)NativeMemory.AlignedAlloc((Size + Guard) * sizeof(short), 64);
        Fill(new Philox(seed, "sandbox-pool"), 0, Size);
    }

    /// <summary>The window that begins at a place.</summary>
    public short* At(int offset) => _numbers + offset;

    /// <summary>Replaces the slice whose turn it is.</summary>
    public void Refresh(int step) => Fill(new Philox(_seed, "sandbox-pool", "slice", step), step % (Size / Slice) * Slice, Slice);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_numbers);
        _numbers = null;
    }

    private void Fill(Philox random, int from, int count)
    {
        var normals = new float[Slice];
        for (var at = from; at < from + count; at += Slice)
        {
            random.NextNormals(normals);
            Round(normals, new Span<short>(_numbers + at, Slice));
        }
        if (from < Guard)
            new Span<short>(_numbers, Guard).CopyTo(new Span<short>(_numbers + Size, Guard));
    }

    /// <summary>Numbers as the pool holds them: the nearest multiples of 1/4096, at most 8 in size.</summary>
    internal static void Round(ReadOnlySpan<float> numbers, Span<short> rounded)
    {
        var (one, most) = (Vector256.Create((float)One), Vector256.Create((float)short.MaxValue));
        for (var i = 0; i < rounded.Length; i += Vector256<short>.Count)
            Vector256.Narrow(Place(numbers[i..]), Place(numbers[(i + Vector256<int>.Count)..])).CopyTo(rounded[i..]);

        Vector256<int> Place(ReadOnlySpan<float> from) =>
            Vector256.ConvertToInt32(Vector256.Round(Vector256.Max(-most, Vector256.Min(most, Vector256.Create(from) * one))));
    }
}
