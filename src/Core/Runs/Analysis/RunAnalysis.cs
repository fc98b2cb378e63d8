using MathNet.Numerics.Statistics;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Runs.Analysis;

/// <summary>How much a finding matters.</summary>
public enum FindingKind
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Something went wrong.</summary>
    Bad,
}

/// <summary>One sentence about a run.</summary>
/// <param name="Kind">How much it matters.</param>
/// <param name="Text">The sentence, with its figures.</param>
/// <param name="Step">The step it is about, null where it is about the whole run.</param>
public sealed record Finding(FindingKind Kind, string Text, int? Step = null);

/// <summary>Explains a run in sentences: did it learn, did the router stay balanced, which steps deserve a look.</summary>
public static class RunAnalysis
{
    // A tenth over an even share is within what chance does to a few thousand tokens.
    private const double EvenMaxVio = 0.1;

    // At 1 the busiest expert takes twice its share, beyond 4 more than five times.
    private const double CollapsedMaxVio = 4;

    // A spike: this many robust standard deviations above the running median, and at least a tenth of a nat.
    private const double SpikeDeviations = 8;
    private const double SmallestSpike = 0.1;
    private const int SpikeWindow = 32;

    /// <summary>Every finding, in the order of a report: outcome, loss, routing, alerts, speed.</summary>
    public static IReadOnlyList<Finding> Explain(RunReader run) =>
    [
        .. Outcome(run), .. Damage(run), .. Loss(run), .. Evaluation(run), .. Balance(run), .. Dead(run), .. Notes(run), .. Events(run),
        .. Speed(run),
    ];

    private static IEnumerable<Finding> Outcome(RunReader run)
    {
        var planned = run.RecipeOrNull?.Training.Steps;
        var of = planned is null ? "" : $" of {N(planned.Value)}";
        yield return run.Status switch
        {
            RunStatus.Finished => new(FindingKind.Good, $"The run finished at step {N(run.Step)}{of}."),
            RunStatus.Stopped => new(FindingKind.Note, $"The run was stopped at step {N(run.Step)}{of} and can be resumed.", run.Step),
            RunStatus.Failed => new(FindingKind.Bad,
                $"The run failed after step {N(run.Step)}{of}: {run.Events.Last(e => e.Kind == EventKind.Error).Message}", run.Step),
            RunStatus.Interrupted => new(FindingKind.Bad,
                $"The run's process ended unexpectedly after step {N(run.Step)}{of}; it can be resumed.", run.Step),
            RunStatus.Running => new(FindingKind.Note, $"The run has logged {N(run.Step)}{of} steps and has not ended."),
            _ => new(FindingKind.Note, "Nothing was logged yet."),
        };
    }

    private static IEnumerable<Finding> Damage(RunReader run)
    {
        var damaged = run.Damaged;
        foreach (var row in damaged.Take(5))
            yield return new(FindingKind.Bad, $"Damaged: {row}; the figures leave it out.", row.After);
        if (damaged.Count > 5)
            yield return new(FindingKind.Bad, $"{Times(damaged.Count - 5, "more row")} of the logs {(damaged.Count == 6 ? "is" : "are")} damaged.");
    }

    private static IEnumerable<Finding> Loss(RunReader run)
    {
        if (run.Metrics.Find("loss") is not { Count: > 1 } loss)
            yield break;
        var first = loss.Values.FirstOrDefault(double.IsFinite, double.NaN);
        var last = loss.MeanOfLastTenth;
        yield return last < first
            ? new(FindingKind.Good, $"Training loss fell from {F(first)} to {F(last)} nats per token (mean of the last tenth of the steps).")
            : new(FindingKind.Bad, $"Training loss did not fall: {F(first)} at the start, {F(last)} over the last tenth of the steps.");
        var broken = loss.Steps.Where((_, i) => !double.IsFinite(loss.Values[i])).ToArray();
        if (broken.Length > 0)
            yield return new(FindingKind.Bad, $"The loss was not finite at {Times(broken.Length, "step")}, first at step {N(broken[0])}.", broken[0]);
        var spikes = Spikes(loss);
        foreach (var (step, value, before) in spikes.OrderByDescending(s => s.Value - s.Before).Take(3).OrderBy(s => s.Step))
            yield return new(FindingKind.Bad, $"The loss spiked at step {N(step)}: {F(value)} against {F(before)} before.", step);
        if (spikes.Count == 0 && broken.Length == 0)
            yield return new(FindingKind.Good, "No loss spike.");
    }

    private static List<(int Step, double Value, double Before)> Spikes(MetricColumn loss)
    {
        var spikes = new List<(int Step, double Value, double Before)>();
        var quietUntil = 0;
        for (var i = SpikeWindow; i < loss.Count; i++)
        {
            var window = loss.Values.Skip(i - SpikeWindow).Take(SpikeWindow).Where(double.IsFinite).ToArray();
            if (window.Length < SpikeWindow / 2 || i < quietUntil)
                continue;
            var median = window.Median();
            var deviation = 1.4826 * window.Select(v => Math.Abs(v - median)).Median();
            if (loss.Values[i] - median <= Math.Max(SmallestSpike, SpikeDeviations * deviation))
                continue;
            spikes.Add((loss.Steps[i], loss.Values[i], median));
            quietUntil = i + SpikeWindow;
        }
        return spikes;
    }

    private static IEnumerable<Finding> Evaluation(RunReader run)
    {
        if (run.Metrics.Find("eval/bits_per_byte") is not { Count: > 0 } bits)
            yield break;
        var floors = RunFloors.Of(run);
        var figures = RunFigures.Of(run);
        var costs = figures.FinalBitsPerByte is { } final
            ? $"Held-out text costs {F(bits.Last)} bits per byte, {F(final)} in the longer evaluation after the last step"
            : $"Held-out text costs {F(bits.Last)} bits per byte";
        yield return floors.Bigram is not { } bigram
            ? new(FindingKind.Note, $"{costs}.")
            : figures.BitsPerByteOfMostText < bigram
                ? new(FindingKind.Good, $"{costs}, below the bigram entropy of {F(bigram)}.")
                : new(FindingKind.Bad, $"{costs}, not below the bigram entropy of {F(bigram)}.");
        if (bits.Count > 2 && bits.Last > bits.Min * 1.02)
            yield return new(FindingKind.Note,
                $"The best evaluation was not the last: {F(bits.Min)} bits per byte at step {N(bits.Steps[IndexOf(bits.Values, bits.Min)])}.");
    }

    private static IEnumerable<Finding> Notes(RunReader run) =>
        run.Events.Where(e => e is { Kind: EventKind.Note, Message.Length: > 0 })
            .Select(e => new Finding(FindingKind.Note, char.ToUpperInvariant(e.Message[0]) + e.Message[1..] + "."));

    private static IEnumerable<Finding> Balance(RunReader run)
    {
        var mean = run.Metrics.Find("max_vio/mean");
        if (mean is not { Count: > 1 })
            yield break;
        var (peak, last) = (mean.Max, mean.MeanOfLastTenth);
        var peakStep = mean.Steps[IndexOf(mean.Values, peak)];
        var collapse = run.Metrics.Find("max_vio/max") is { } worst ? Collapse(worst) : null;
        if (collapse is { } at)
            yield return new(FindingKind.Bad, $"The router collapsed at step {N(at.Step)}: the worst layer's MaxVio rose above "
                + $"{F(CollapsedMaxVio)} and stayed there, {F(at.Value)} at the end.", at.Step);
        if (peak < EvenMaxVio)
        {
            yield return new(FindingKind.Good, $"The loads were even throughout: mean MaxVio at most {F(peak)}.");
            yield break;
        }
        yield return last < peak / 2
            ? new(FindingKind.Good,
                $"The router balanced: mean MaxVio peaked at {F(peak)} (step {N(peakStep)}) and averages {F(last)} over the last tenth of the steps.")
            : new(collapse is null && last < 1 ? FindingKind.Note : FindingKind.Bad,
                $"Mean MaxVio averages {F(last)} over the last tenth of the steps, more than half of its peak of {F(peak)} (step {N(peakStep)}).");
    }

    // The last crossing counts: an imbalance that the balancer undid is not a collapse.
    private static (int Step, double Value)? Collapse(MetricColumn worst)
    {
        var start = worst.Count;
        while (start > 0 && worst.Values[start - 1] > CollapsedMaxVio)
            start--;
        return worst.Count - start >= Math.Max(3, worst.Count / 20) ? (worst.Steps[start], worst.Last) : null;
    }

    private static IEnumerable<Finding> Dead(RunReader run)
    {
        var held = run.Metrics.Find("eval/experts/dead");
        var step = run.Metrics.Find("experts/dead");
        if ((held ?? step) is not { Count: > 0 } dead)
            yield break;
        var where = held is null ? "in the last step" : "over the whole last evaluation";
        yield return dead.Last > 0
            ? new(FindingKind.Bad, $"{Times((int)dead.Last, "expert")} got no token {where}.")
            : new(FindingKind.Good, step is not { Max: > 0 } ? "No expert died."
                : $"No expert is dead: every one got tokens {where}; at worst {N((int)step.Max)} were idle in one step "
                    + $"(step {N(step.Steps[IndexOf(step.Values, step.Max)])}).");
    }

    private static IEnumerable<Finding> Events(RunReader run)
    {
        foreach (var alert in run.Events.Where(e => e.Kind == EventKind.Alert).Take(5))
            yield return new(FindingKind.Bad, $"Alert at step {N(alert.Step)}: {alert.Message}", alert.Step);
        var skipped = run.Events.Where(e => e.Kind == EventKind.Skip).ToArray();
        if (skipped.Length > 0)
            yield return new(FindingKind.Bad, $"{Times(skipped.Length, "step")} {(skipped.Length == 1 ? "was" : "were")} skipped, "
                + $"first step {N(skipped[0].Step)}: {skipped[0].Message}", skipped[0].Step);
        var restarts = run.Events.Count(e => e.Kind == EventKind.Restart);
        if (restarts > 0)
            yield return new(FindingKind.Note, $"The run was resumed {Times(restarts, "time")}.");
        foreach (var swap in run.Events.Where(e => e.Kind is EventKind.Swap or EventKind.Set).Take(5))
            yield return new(FindingKind.Note, $"Changed at step {N(swap.Step)}: {swap.Message}", swap.Step);
    }

    private static IEnumerable<Finding> Speed(RunReader run)
    {
        if (run.Metrics.Find("tokens_per_second") is not { Count: > 0 } speed || double.IsNaN(speed.Median))
            yield break;
        var used = run.Metrics.Find("utilisation") is { Count: > 0 } u && double.IsFinite(u.Median) ? $" at {u.Median:P0} utilisation" : "";
        yield return new(FindingKind.Note, $"The median step ran at {Whole(speed.Median)} tokens per second{used}.");
    }

    private static int IndexOf(IReadOnlyList<double> values, double value) => Math.Max(0, values.ToList().IndexOf(value));

    private static string Times(int count, string noun) => $"{N(count)} {noun}{(count == 1 ? "" : "s")}";

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string F(double value) => value.ToString(Math.Abs(value) < 10 ? "0.00#" : "0.0", CultureInfo.InvariantCulture);
}
