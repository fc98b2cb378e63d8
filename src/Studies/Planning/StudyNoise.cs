using MoELab.Studies.Definition;
using MoELab.Studies.Results;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Planning;

/// <summary>The seed noise of a study's first arm, from what other studies (or <c>study noise</c>) have measured, and the seeds that it asks for.</summary>
/// <param name="Runs">Runs that it was measured over.</param>
/// <param name="Source">The studies that trained them.</param>
/// <param name="Floor">Mean and spread of the metric.</param>
public sealed record StudyNoise(int Runs, IReadOnlyList<string> Source, NoiseFloor Floor)
{
    /// <summary>The power that the number of seeds is checked for.</summary>
    public const double Power = 0.8;

    private const int Least = 3;

    /// <summary>
    /// Standard deviation of the difference of two runs, taken as if seeds did not pair: pairing makes it smaller or leaves it, so the seeds that
    /// follow from it are enough.
    /// </summary>
    public double Deviation => Floor.DifferenceDeviation ?? 0;

    /// <summary>What is known about the noise of an arm's recipe; null with fewer than three runs.</summary>
    /// <param name="study">The study, whose own results do not count.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="runs">The directory of runs.</param>
    public static StudyNoise? Find(Study study, ResolvedArm arm, string runs)
    {
        var folder = Path.Combine(runs, "studies");
        if (!Directory.Exists(folder))
            return null;
        var found = Directory.EnumerateDirectories(folder).Where(d => Path.GetFileName(d) != study.Name).Order(StringComparer.Ordinal)
            .SelectMany(d => ResultLog.Read(d).Rows).Where(r => r.Counts && r.ArmRecipe == arm.Hash && r.Metrics.ContainsKey(study.Metric))
            .GroupBy(r => r.Seed).Select(g => g.Last()).ToArray();
        return found.Length < Least ? null
            : new(found.Length, [.. found.Select(r => r.Study).Distinct()], NoiseFloor.Of([.. found.Select(r => r.Metrics[study.Metric])]));
    }

    /// <summary>Seeds that show a difference at the level 0.05 with a power of 0.8; null beyond what can be computed.</summary>
    public int? SeedsFor(double difference) => Deviation > 0 ? Statistics.Power.SeedsNeeded(difference, Deviation, power: Power) : 2;

    /// <summary>What the noise means for a study, in a sentence.</summary>
    public string Sentence(Study study)
    {
        var seeds = study.EffectiveSeeds.Count;
        var measured = FormattableString.Invariant(
            $"over {Runs} runs of {string.Join(", ", Source.Select(s => $"'{s}'"))}, {study.Metric} has a standard deviation of {Floor.StandardDeviation:0.######}");
        var sees = seeds > 1 && Deviation > 0
            ? FormattableString.Invariant($"; {seeds} seeds show a difference of {Statistics.Power.SmallestDifference(Deviation, seeds, power: Power):0.####} or more with power {Power}")
            : "";
        return $"noise: {measured}{sees}.";
    }

    /// <exception cref="InputException">The study has too few seeds for the difference that it asks for.</exception>
    internal void Require(Study study)
    {
        if (study.Difference <= 0)
            return;
        var seeds = SeedsFor(study.Difference);
        if (seeds <= study.EffectiveSeeds.Count)
            return;
        var needed = seeds?.ToString(CultureInfo.InvariantCulture) ?? "more than 10000";
        throw new InputException(FormattableString.Invariant(
            $"seeds: {study.EffectiveSeeds.Count} are too few to show a difference of {study.Difference:0.######} in {study.Metric}: by the noise of {Runs} runs ")
            + FormattableString.Invariant($"(standard deviation of a difference {Deviation:0.####}), {needed} are needed for power {Power}; ")
            + "expected more seeds, a larger 'difference', or none");
    }
}
