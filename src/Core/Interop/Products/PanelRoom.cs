namespace MoELab.Interop.Products;

/// <summary>
/// Memory for the panels of one product, kept from call to call: blocks of ever other sizes from the C library's heap would leave it in
/// pieces. A second product at the same time gets memory of its own.
/// </summary>
internal sealed unsafe class PanelRoom : IDisposable
{
    private static PanelRoom? s_idle;
    private readonly Scratch _scratch;
    private readonly long _floats;
    private long _used;

    private PanelRoom(long floats) => (_scratch, _floats) = (new Scratch(1, floats), floats);

    /// <summary>Room for <paramref name="floats"/> numbers.</summary>
    internal static PanelRoom Rent(long floats)
    {
        var idle = Interlocked.Exchange(ref s_idle, null);
        if (idle is null || idle._floats < floats)
        {
            idle?._scratch.Dispose();
            return new PanelRoom(floats);
        }
        idle._used = 0;
        return idle;
    }

    /// <summary>The next numbers of the room.</summary>
    internal float* Take(long floats)
    {
        var at = _scratch[0] + _used;
        _used += floats;
        return at;
    }

    public void Dispose() => Interlocked.Exchange(ref s_idle, this)?._scratch.Dispose();
}
