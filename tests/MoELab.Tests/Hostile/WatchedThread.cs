using System.Collections.Concurrent;

namespace MoELab.Tests.Hostile;

/// <summary>A thread that does one piece of work after the other while somebody watches the time; a piece that never ends is left behind with it.</summary>
internal sealed class WatchedThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly SemaphoreSlim _done = new(0);

    public WatchedThread() => new Thread(() =>
    {
        foreach (var piece in _work.GetConsumingEnumerable())
        {
            piece();
            _done.Release();
        }
    })
    { IsBackground = true }.Start();

    /// <summary>Does a piece of work that throws nothing.</summary>
    /// <returns>Whether it ended within the time.</returns>
    public bool Run(Action piece, TimeSpan within)
    {
        _work.Add(piece);
        return _done.Wait(within);
    }

    public void Dispose() => _work.CompleteAdding();
}
