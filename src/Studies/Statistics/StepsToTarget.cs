using MathNet.Numerics.Statistics;

namespace MoELab.Studies.Statistics;

/// <summary>How long runs took to reach a target, in steps, tokens or FLOPs; runs that never reached it are counted, not left out.</summary>
public sealed record StepsToTarget
{
    private StepsToTarget(IReadOnlyList<double?> crossings) => Crossings = crossings;

    /// <summary>Where each run reached the target, in the order given; null where it did not.</summary>
    public IReadOnlyList<double?> Crossings { get; }

    /// <summary>How many runs there are.</summary>
    public int Count => Crossings.Count;

    /// <summary>How many of them reached the target.</summary>
    public int Reached => Crossings.Count(c => c is not null);

    /// <summary>The median over all runs, where those that did not reach the target count as later than all others; null where it is one of these.</summary>
    public double? Median => Crossings.Select(c => c ?? double.PositiveInfinity).ToArray().Median() is var m && double.IsFinite(m) ? m : null;

    /// <summary>The mean where every run reached the target; null otherwise, because a mean of the fast ones alone flatters.</summary>
    public double? Mean => Reached == Count ? Crossings.Mean() : null;

    /// <summary>How many reached the target, such as "3 of 5 reached it".</summary>
    public string Words => $"{Reached} of {Count} reached it";

    /// <summary>Collects the crossings of several runs.</summary>
    /// <exception cref="InputException">No run, or a crossing that is not finite.</exception>
    public static StepsToTarget Of(IReadOnlyList<double?> crossings)
    {
        ArgumentNullException.ThrowIfNull(crossings);
        if (crossings.Count == 0)
            throw new InputException("there is no run that could have reached the target; expected at least one");
        Check.Finite([.. crossings.Select(c => c ?? 0)], "the crossings");
        return new([.. crossings]);
    }

    /// <summary>
    /// Where a curve first reaches a target, linear between the evaluation before and the first one that reaches it. The first evaluation of all has none
    /// before it: if it reaches the target, its own place is given, and the run may have been there earlier.
    /// </summary>
    /// <param name="at">Steps, tokens or FLOPs of the evaluations, ascending.</param>
    /// <param name="values">Their values; one that is not finite does not reach the target, and nothing is interpolated from it.</param>
    /// <param name="target">The target.</param>
    /// <param name="rising">Whether reaching means to be at the target or above it, as for an accuracy; at it or below otherwise, as for a loss.</param>
    /// <returns>Null where the curve never reaches the target.</returns>
    /// <exception cref="InputException">Unequal lengths, places that do not ascend, or a target that is not finite.</exception>
    public static double? First(IReadOnlyList<double> at, IReadOnlyList<double> values, double target, bool rising = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        var places = Check.Finite(at, "the curve's places");
        if (!double.IsFinite(target))
            throw new InputException($"the target is {target}; expected a finite number");
        if (places.Length != values.Count)
            throw new InputException($"the curve has {places.Length} places and {values.Count} values; expected one value per place");
        for (var i = 1; i < places.Length; i++)
        {
            if (places[i] <= places[i - 1])
            {
                throw new InputException(FormattableString.Invariant(
                    $"place {i + 1} of the curve is {places[i]}, after {places[i - 1]}; expected ascending places"));
            }
        }
        for (var i = 0; i < places.Length; i++)
        {
            if (!(double.IsFinite(values[i]) && (rising ? values[i] >= target : values[i] <= target)))
                continue;
            return i == 0 || !double.IsFinite(values[i - 1]) ? places[i]
                : places[i - 1] + ((target - values[i - 1]) / (values[i] - values[i - 1]) * (places[i] - places[i - 1]));
        }
        return null;
    }
}
