using System.Runtime.CompilerServices;

namespace MoELab.Interop.Torch;

/// <summary>
/// Holds the runtime's finalizer thread back while tensors compute. TorchSharp (0.107) passes the native handle of a <c>Scalar</c> to
/// libtorch and lets go of the object; a collection that another thread starts at that moment finalizes it, and libtorch reads a number
/// that was freed ("Expected false to be true", or worse, another number). Our own code keeps its numbers alive (<see cref="Scalars"/>);
/// a plugin's may not, no caller can keep alive what an operator converts for itself, and tensors outside of every dispose scope have the
/// same gap. A pause gives way once to who collects everything and waits for finalizers in it: TorchSharp does when an allocation fails.
/// </summary>
internal sealed class FinalizerPause : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly Lock Gate = new();
    private static int s_depth;
    private static ManualResetEventSlim? s_release;
    private bool _ended;

    private FinalizerPause() { }

    /// <summary>Begins a pause; pauses nest and overlap, and the last one to end lets finalizers run.</summary>
    public static FinalizerPause Begin()
    {
        lock (Gate)
        {
            if (s_depth++ == 0)
            {
                s_release = new ManualResetEventSlim();
                // Not disposed: the finalizer thread may still be inside Set when Wait returns.
                var parked = new ManualResetEventSlim();
                Drop(parked, s_release);
                // Once is enough, unless another thread's collection came while the sentinel was made and took it a generation up.
                for (var generation = 0; ; generation = Math.Min(generation + 1, GC.MaxGeneration))
                {
                    GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
                    // What waited for finalization before goes first.
                    if (parked.Wait(TimeSpan.FromMilliseconds(50)))
                        break;
                }
            }
        }
        return new FinalizerPause();
    }

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        lock (Gate)
        {
            if (--s_depth == 0)
                s_release!.Set();
        }
    }

    // Not inlined, so that no register of the caller keeps the sentinel alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(ManualResetEventSlim parked, ManualResetEventSlim release) => _ = new Sentinel(parked, release);

    private sealed class Sentinel(ManualResetEventSlim parked, ManualResetEventSlim release)
    {
        private long _collections = -1;

        ~Sentinel()
        {
            if (_collections < 0)
                _collections = Collections;
            parked.Set();
            while (!release.Wait(Patience))
            {
                if (Collections == _collections)
                    continue;
                _collections = Collections;
                GC.ReRegisterForFinalize(this);
                return;
            }
        }

        private static long Collections => GC.GetGCMemoryInfo(GCKind.FullBlocking).Index;
    }
}
