using MoELab.Studies.Statistics;

namespace MoELab.Studies.Reports;

/// <summary>One arm of a study in figures.</summary>
public sealed record ArmReport
{
    /// <summary>The arm.</summary>
    public required string Arm { get; init; }

    /// <summary>Seeds of the runs that count.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The metric of each.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>Runs that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Runs of the plan that are not there yet.</summary>
    public required int Missing { get; init; }

    /// <summary>Mean and spread over the seeds; null where no run counts.</summary>
    public NoiseFloor? Spread { get; init; }

    /// <summary>The difference from the first arm over the seeds that both have; null for the first arm, and where there is no such seed.</summary>
    public PairedDifference? Difference { get; init; }

    /// <summary>The difference's interval by the bootstrap, beside Student's; null where it has none.</summary>
    public Interval? Bootstrap { get; init; }

    /// <summary>The difference's p after Holm's correction over the arms; null where there is none.</summary>
    public double? AdjustedP { get; init; }

    /// <summary>The test of equivalence within the study's difference; null where the study has none.</summary>
    public Equivalence? Equivalence { get; init; }

    /// <summary>The verdict; null for the first arm.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>
    /// Where the arm reaches the value with which the first arm ends, seed by seed, as a share of the first arm's steps; null where the metric is
    /// not evaluated along the run.
    /// </summary>
    public StepsToTarget? ToFirst { get; init; }

    /// <summary>The speedup over the first arm, where the study has a law.</summary>
    public EffectiveSpeedup? Speedup { get; init; }
}
