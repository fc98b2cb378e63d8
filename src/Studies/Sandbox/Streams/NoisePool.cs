using System.Runtime.InteropServices;
using MoELab.Randomness;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// Standard normal numbers that are drawn once and read at shifting places: a token's noise is a window of it that begins at a random place, so that
/// a step of a million scores needs some thousand random numbers and not a million. Two tokens of a step see the same number with probability of
/// about 1 in 2^20, and then almost always for different experts. What such a pool cannot give are loads beyond its own size: its windows hold each
/// number at each expert once, so a load that rests on N windows has a relative error of about sqrt(E/K/N) that never averages out. Hence
/// every step replaces a slice by fresh numbers, so that the error is another one after <c>Size / Slice</c> steps.
/// </summary>
internal sealed unsafe class NoisePool : IDisposable
{
    /// <summary>Numbers in the pool: 4 MiB, which stays in the processor's last cache.</summary>
    public const int Size = 1 << 20;

    /// <summary>Numbers that a step replaces.</summary>
    public const int Slice = 1 << 11;

    // The longest row and its padding: a window that begins at the last number goes on with a copy of the first ones.
    private const int Guard = 1024 + (2 * ScoreStream.Word);

    private readonly long _seed;
    private float* _numbers;

    public NoisePool(long seed)
    {
        _seed = seed;
        _numbers = (float*)NativeMemory.AlignedAlloc((Size + Guard) * sizeof(float), 64);
        Fill(new Philox(seed, "sandbox-pool"), 0, Size);
    }

    /// <summary>The window that begins at a place.</summary>
    public float* At(int offset) => _numbers + offset;

    /// <summary>Replaces the slice whose turn it is.</summary>
    public void Refresh(int step) => Fill(new Philox(_seed, "sandbox-pool", "slice", step), step % (Size / Slice) * Slice, Slice);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_numbers);
        _numbers = null;
    }

    private void Fill(Philox random, int from, int count)
    {
        random.NextNormals(new Span<float>(_numbers + from, count));
        if (from < Guard)
            new Span<float>(_numbers, Guard).CopyTo(new Span<float>(_numbers + Size, Guard));
    }
}
