namespace MoELab.Parallel;

/// <summary>Where the ranks of a <see cref="ThreadGroup"/> meet. Whoever comes last to a call carries it out for all.</summary>
internal sealed class ThreadMeeting(int size, TimeSpan timeout)
{
    private readonly object _gate = new();
    private readonly Dictionary<long, Call> _calls = [];
    private readonly long[] _made = new long[size];
    private readonly bool[] _left = new bool[size];
    private readonly List<ThreadMeeting> _parts = [];
    private string? _failure;

    public int Size => size;

    /// <summary>Brings a rank to its next call.</summary>
    /// <exception cref="CollectiveException">The group has failed.</exception>
    public Call Come(int rank, Collective collective)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_left[rank], typeof(ThreadGroup));
            if (_failure is not null)
                throw new CollectiveException(_failure);
            var number = _made[rank]++;
            if (!_calls.TryGetValue(number, out var call))
                _calls[number] = call = new Call(this, number, size);
            call.Ranks[rank] = collective.Hold();
            if (call.Ranks.All(r => r is not null))
                Finish(call);
            else if (Array.IndexOf(_left, true) is >= 0 and var gone && call.Ranks[gone] is null)
                FailAll(HasLeft(call, gone));
            return call;
        }
    }

    /// <summary>Ends the group for every rank, and the groups that it was split into.</summary>
    public void Fail(string why)
    {
        lock (_gate)
            FailAll(why);
    }

    /// <summary>Takes a rank out: calls that wait for it, now or later, fail.</summary>
    public void Leave(int rank)
    {
        lock (_gate)
        {
            _left[rank] = true;
            if (_calls.Values.FirstOrDefault(c => c.Ranks[rank] is null) is { } waiting)
                FailAll(HasLeft(waiting, rank));
        }
    }

    private void Finish(Call call)
    {
        Collective[] ranks = [.. call.Ranks!];
        _calls.Remove(call.Number);
        if (Difference(ranks, call.Number + 1) is { } difference)
        {
            call.Release();
            FailAll(difference);
            return;
        }
        HostCollectives.Run(ranks);
        if (ranks[0].Places is { } places)
        {
            foreach (var colour in places.Colours)
                call.Parts[colour] = new ThreadMeeting(places.Members(colour).Length, timeout);
            _parts.AddRange(call.Parts.Values);
        }
        call.Release();
        call.Done = true;
        Monitor.PulseAll(_gate);
    }

    private static string? Difference(Collective[] ranks, long number)
    {
        for (var one = 0; one < ranks.Length; one++)
        {
            for (var other = one + 1; other < ranks.Length; other++)
            {
                var different = CallSignature.Difference(one, CallSignature.Of(ranks[one], number, other), other, CallSignature.Of(ranks[other], number, one));
                if (different is not null)
                    return different;
            }
        }
        return null;
    }

    private void FailAll(string why)
    {
        _failure ??= why;
        foreach (var call in _calls.Values)
            call.Release();
        _calls.Clear();
        foreach (var part in _parts)
            part.Fail(why);
        Monitor.PulseAll(_gate);
    }

    private static string HasLeft(Call call, int rank) => $"{call} waits for rank {rank}, which has left the group";

    /// <summary>One call of all ranks.</summary>
    internal sealed class Call(ThreadMeeting meeting, long number, int size) : ICollective
    {
        public long Number => number;

        public Collective?[] Ranks { get; } = new Collective?[size];

        public bool Done { get; set; }

        /// <summary>Of a split: the meeting of each colour.</summary>
        public Dictionary<int, ThreadMeeting> Parts { get; } = [];

        public void Wait()
        {
            var deadline = DateTime.UtcNow + meeting.Timeout;
            lock (meeting._gate)
            {
                while (!Done)
                {
                    if (meeting._failure is not null)
                        throw new CollectiveException(meeting._failure);
                    var left = deadline - DateTime.UtcNow;
                    if (left <= TimeSpan.Zero || !Monitor.Wait(meeting._gate, left))
                        meeting.FailAll(CollectiveTime.Missing($"{this}", meeting.Timeout, [.. Enumerable.Range(0, size).Where(r => Ranks[r] is null)]));
                }
            }
        }

        public void Release()
        {
            foreach (var rank in Ranks)
                rank?.Release();
        }

        public override string ToString() => $"{CollectiveRules.NameOf(Ranks.First(r => r is not null)!.Kind)}, call {number + 1} of the group,";
    }

    private TimeSpan Timeout => timeout;
}
