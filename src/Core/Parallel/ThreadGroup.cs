using System.Runtime.ExceptionServices;

namespace MoELab.Parallel;

/// <summary>Ranks that are threads of this process, to test code for several ranks and to try it in a notebook. It takes tensors of the host.</summary>
public sealed class ThreadGroup : ProcessGroup
{
    private readonly ThreadMeeting _meeting;

    private ThreadGroup(int rank, ThreadMeeting meeting) : base(rank, meeting.Size, anyDevice: false) => _meeting = meeting;

    /// <summary>A group's ranks, one for each thread to come.</summary>
    /// <param name="size">Number of ranks.</param>
    /// <param name="timeout">How long a call waits for the other ranks before it fails; 10 minutes by default.</param>
    public static IReadOnlyList<ThreadGroup> Create(int size, TimeSpan? timeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var meeting = new ThreadMeeting(size, CollectiveTime.Of(timeout));
        return [.. Enumerable.Range(0, size).Select(rank => new ThreadGroup(rank, meeting))];
    }

    /// <summary>
    /// Runs the same code as every rank, each on a thread of its own, and gives the results in rank order. If a rank throws, the others' calls end,
    /// and its exception is thrown here.
    /// </summary>
    /// <param name="size">Number of ranks.</param>
    /// <param name="body">The code; it gets its rank of the group.</param>
    /// <param name="timeout">How long a call waits for the other ranks before it fails; 10 minutes by default.</param>
    public static IReadOnlyList<T> Run<T>(int size, Func<ThreadGroup, T> body, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        var ranks = Create(size, timeout);
        var results = new T[size];
        ExceptionDispatchInfo? cause = null;
        Thread[] threads = [.. ranks.Select(rank => new Thread(() => Live(rank)) { IsBackground = true, Name = $"rank {rank.Rank}" })];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        cause?.Throw();
        return results;

        void Live(ThreadGroup rank)
        {
            try
            {
                results[rank.Rank] = body(rank);
            }
            catch (Exception e)
            {
                // The first one is the cause; the others' calls end because of it.
                Interlocked.CompareExchange(ref cause, ExceptionDispatchInfo.Capture(e), null);
                rank._meeting.Fail($"rank {rank.Rank} has failed: {e.Message}");
            }
            finally
            {
                rank.Dispose();
            }
        }
    }

    /// <summary>The same for code that returns nothing.</summary>
    public static void Run(int size, Action<ThreadGroup> body, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        Run(size, rank =>
        {
            body(rank);
            return true;
        }, timeout);
    }

    private protected override ICollective Start(Collective call) => _meeting.Come(Rank, call);

    private protected override IProcessGroup Split(RankPlaces places)
    {
        var call = _meeting.Come(Rank, new Collective { Kind = CollectiveKind.Split, Places = places });
        call.Wait();
        var (colour, _) = places[Rank];
        return new ThreadGroup(Array.IndexOf(places.Members(colour), Rank), call.Parts[colour]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _meeting.Leave(Rank);
}
