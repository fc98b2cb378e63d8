using System.Runtime.InteropServices;

namespace MoELab.Interop.Products;

/// <summary>Cache-aligned working memory, one piece per worker.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private readonly nuint _stride;
    private float* _start;

    internal Scratch(int workers, long floats)
    {
        // Whole pages and an odd line more: pieces of neighbouring workers share no line and do not alias in the cache.
        _stride = (((nuint)floats * sizeof(float)) + 4095 & ~(nuint)4095) + 64;
        _start = (float*)NativeMemory.AlignedAlloc(_stride * (nuint)workers, 64);
    }

    /// <summary>A worker's piece.</summary>
    internal float* this[int worker] => (float*)((byte*)_start + (_stride * (nuint)worker));

    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
