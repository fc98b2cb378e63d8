using MathNet.Numerics.Statistics;

namespace MoELab.Runs.Reading;

/// <summary>
/// A run in figures, each defined once: what cards, reports, tables, SQL, comparisons, races and the command line show under these names. A
/// figure that the run did not measure is null.
/// </summary>
public sealed record RunFigures
{
    /// <summary>Training loss, nats per token: mean over the last tenth of the steps so far.</summary>
    public double? Loss { get; init; }

    /// <summary>Training loss of the last step.</summary>
    public double? LastLoss { get; init; }

    /// <summary>Held-out bits per byte of the last evaluation, on the text that every evaluation of the run reads.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Held-out bits per byte of the longer evaluation after the last step.</summary>
    public double? FinalBitsPerByte { get; init; }

    /// <summary>The longest evaluation there is, for comparison with the baselines, which are of all held-out text.</summary>
    internal double? BitsPerByteOfMostText => FinalBitsPerByte ?? BitsPerByte;

    /// <summary>MaxVio, mean over the layers and over the last tenth of the steps so far.</summary>
    public double? MaxVio { get; init; }

    /// <summary>MaxVio, mean over the layers, at the step where it was largest.</summary>
    public double? MaxVioPeak { get; init; }

    /// <summary>Experts without a token over the last evaluation; in the last step where the run has no evaluation.</summary>
    public double? DeadExperts { get; init; }

    /// <summary>Training tokens per second: median over the steps.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Utilisation: median over the steps.</summary>
    public double? Utilisation { get; init; }

    /// <summary>Training tokens so far.</summary>
    public double? Tokens { get; init; }

    /// <summary>Seconds of training so far.</summary>
    public double? Seconds { get; init; }

    /// <summary>The figures of a run.</summary>
    public static RunFigures Of(RunReader run) => new()
    {
        Loss = Of(run, "loss"),
        LastLoss = Finite(run.Metrics.Find("loss")?.Last),
        BitsPerByte = Of(run, "eval/bits_per_byte"),
        FinalBitsPerByte = Of(run, "eval_final/bits_per_byte"),
        MaxVio = Of(run, "max_vio/mean"),
        MaxVioPeak = Finite(run.Metrics.Find("max_vio/mean")?.Max),
        DeadExperts = Of(run, "eval/experts/dead") ?? Finite(run.Metrics.Find("experts/dead")?.Last),
        TokensPerSecond = Of(run, "tokens_per_second"),
        Utilisation = Of(run, "utilisation"),
        Tokens = Of(run, "tokens_total"),
        Seconds = Of(run, "time"),
    };

    /// <summary>
    /// One metric of a run in one figure: an evaluation's and a sum's last value, a speed's median over the steps, anything else's mean over the
    /// last tenth of the steps that logged it.
    /// </summary>
    public static double? Of(RunReader run, string metric) => Of(run.Metrics, metric);

    /// <summary>The same of a metric log.</summary>
    internal static double? Of(MetricTable metrics, string metric) => metrics.Find(metric) is not { Count: > 0 } column ? null : Finite(
        metric.StartsWith("eval", StringComparison.Ordinal) || metric is "tokens_total" or "time" ? column.Last
        : metric is "tokens_per_second" or "utilisation" or "seconds/step" ? Median(column.Values) : MeanOfLastTenth(column.Values));

    /// <summary>The mean of the last tenth of some values (at least one), finite ones only; NaN when there is none.</summary>
    public static double MeanOfLastTenth(IReadOnlyList<double> values) =>
        values.Skip(values.Count - Math.Max(1, values.Count / 10)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The median of the finite values; NaN when there is none.</summary>
    public static double Median(IReadOnlyList<double> values) => values.Where(double.IsFinite).Median();

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
