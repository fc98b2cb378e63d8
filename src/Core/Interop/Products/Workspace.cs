namespace MoELab.Interop.Products;

/// <summary>Working memory of the threads, kept from call to call; a second call at the same time gets memory of its own.</summary>
internal sealed class Workspace : IDisposable
{
    private static Workspace? s_idle;
    private readonly Scratch _scratch;
    private readonly int _workers;
    private readonly long _floats;

    private Workspace(int workers, long floats) => (_workers, _floats, _scratch) = (workers, floats, new Scratch(workers, floats));

    /// <summary>Whether rented memory holds NaN, as in the tests: what a call did not write itself then shows wherever it is read.</summary>
    internal static bool Poisoned { get; set; }

    internal static Workspace Rent(int workers, long floats)
    {
        var rented = Take(workers, floats);
        if (Poisoned)
            rented.Poison(floats);
        return rented;
    }

    internal unsafe float* this[int worker] => _scratch[worker];

    public void Dispose() => Interlocked.Exchange(ref s_idle, this)?._scratch.Dispose();

    private static Workspace Take(int workers, long floats)
    {
        var idle = Interlocked.Exchange(ref s_idle, null);
        // Much too large is not kept either: a small model after a large one in the same process.
        if (idle is not null && idle._workers >= workers && idle._floats >= floats && idle._floats <= Math.Max(8 * floats, 1 << 20))
            return idle;
        idle?._scratch.Dispose();
        return new Workspace(workers, floats);
    }

    private unsafe void Poison(long floats)
    {
        for (var worker = 0; worker < _workers; worker++)
            new Span<float>(_scratch[worker], checked((int)floats)).Fill(float.NaN);
    }
}
