using System.Diagnostics;

namespace MoELab.Parallel.Mpi;

/// <summary>Waits for requests. MPI moves data only inside its calls, so waiting is asking.</summary>
internal static class MpiWaiting
{
    private const int Looks = 100;
    private const int LooksPerNap = 50;

    // As long as ranks at work need for their step; who waits longer waits for something that sleeps or is gone.
    private static readonly TimeSpan Awake = TimeSpan.FromSeconds(1);

    /// <summary>Whether the request was done before the deadline.</summary>
    public static bool Until(nint request, long deadline)
    {
        var began = Stopwatch.GetTimestamp();
        for (var look = 0; ; look++)
        {
            lock (MpiLibrary.Gate)
            {
                if (MpiLibrary.IsDone(request))
                    return true;
            }
            if (look < Looks)
                continue;
            if (Stopwatch.GetTimestamp() > deadline)
                return false;
            if (look % LooksPerNap == 0 && Stopwatch.GetElapsedTime(began) > Awake)
                Thread.Sleep(1);
            else
                Thread.Yield();
        }
    }
}
