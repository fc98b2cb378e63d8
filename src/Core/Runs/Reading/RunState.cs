using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>How far a run is, event by event.</summary>
internal sealed class RunState
{
    private EventKind? _decided;

    public bool Paused { get; private set; }

    public void Take(RunEvent happened)
    {
        if (happened.Kind is EventKind.Start or EventKind.Restart or EventKind.Stop or EventKind.Finish or EventKind.Error)
            (_decided, Paused) = (happened.Kind, false);
        else if (happened.Kind is EventKind.Pause or EventKind.Continue)
            Paused = happened.Kind == EventKind.Pause;
    }

    /// <summary>The status by the last event of a kind that decides it, and by the lock of a run that has not ended.</summary>
    /// <param name="step">The last logged step, 0 before the first.</param>
    /// <param name="isAbandoned">Whether nobody holds the run's lock; asked only where that decides.</param>
    public RunStatus Status(Func<int> step, Func<bool> isAbandoned) => _decided switch
    {
        EventKind.Finish => RunStatus.Finished,
        EventKind.Stop => RunStatus.Stopped,
        EventKind.Error => RunStatus.Failed,
        null when step() == 0 => RunStatus.Empty,
        _ => isAbandoned() ? RunStatus.Interrupted : RunStatus.Running,
    };
}
