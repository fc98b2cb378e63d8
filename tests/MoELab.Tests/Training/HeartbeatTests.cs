using Microsoft.Extensions.Time.Testing;
using MoELab.Training;

namespace MoELab.Tests.Training;

public sealed class HeartbeatTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _said = [];
    private readonly Heartbeat _heartbeat;

    public HeartbeatTests() => _heartbeat = new Heartbeat(TimeSpan.FromSeconds(10), _said.Add, _time);

    public void Dispose() => _heartbeat.Dispose();

    [Fact]
    public void It_calls_once_after_the_time_without_a_sign_of_life()
    {
        Advance(9);
        Assert.Empty(_said);
        Advance(2);
        Assert.Equal(["no step has ended for 10 s: the process hangs and is killed"], _said);
        _heartbeat.Beat();
        Advance(100);
        Assert.Single(_said);
    }

    [Fact]
    public void Signs_of_life_keep_it_quiet()
    {
        for (var i = 0; i < 20; i++)
        {
            Advance(8);
            _heartbeat.Beat();
        }
        Assert.Empty(_said);
    }

    [Fact]
    public void A_pause_takes_as_long_as_it_needs_and_ends_with_the_next_sign_of_life()
    {
        _heartbeat.Pause();
        Advance(1000);
        Assert.Empty(_said);
        _heartbeat.Beat();
        Advance(9);
        Assert.Empty(_said);
        Advance(2);
        Assert.Single(_said);
    }

    private void Advance(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
