using MoELab.Runs.Log;
using MoELab.Training.Steps;

namespace MoELab.Training.Checkpoints;

/// <summary>Sums over a run that survive a restart.</summary>
internal sealed class TrainingProgress
{
    private const int SkipsInARow = 3;

    public long Tokens { get; set; }
    public int SkippedInARow { get; set; }
    public double Seconds { get; set; }

    /// <summary>Adds a step. One that was skipped is an event.</summary>
    /// <exception cref="NonFiniteException">It is the third in a row.</exception>
    public void Add(int step, StepOutcome outcome, double seconds, EventLog events)
    {
        SkippedInARow = outcome.Skipped is null ? 0 : SkippedInARow + 1;
        if (outcome.Skipped is not null)
            events.Write(step, EventKind.Skip, $"step {step}: {outcome.Skipped}");
        if (SkippedInARow >= SkipsInARow)
            throw new NonFiniteException($"step {step}: {outcome.Skipped}, the {SkipsInARow}rd time in a row; the run stops");
        Tokens += outcome.Tokens;
        Seconds += seconds;
    }
}
