using MoELab.Studies.Definition;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Reports;

/// <summary>What a study's runs say about a claim.</summary>
public enum ClaimVerdict
{
    /// <summary>The runs do not tell.</summary>
    NotResolved,

    /// <summary>What is claimed is shown.</summary>
    Holds,

    /// <summary>The opposite is shown.</summary>
    Reversed,

    /// <summary>A difference is claimed, and is shown to be smaller than what counts as one.</summary>
    Absent,
}

/// <summary>A claim with the figures that decide it.</summary>
public sealed record ClaimReport
{
    /// <summary>The claim.</summary>
    public required Claim Claim { get; init; }

    /// <summary>The arm that it is compared with.</summary>
    public required string Against { get; init; }

    /// <summary>The metric.</summary>
    public required string Metric { get; init; }

    /// <summary>The arm's mean over the shared seeds; null where there are none.</summary>
    public double? Mean { get; init; }

    /// <summary>The other's mean over them.</summary>
    public double? AgainstMean { get; init; }

    /// <summary>The difference over the shared seeds; null where there are none.</summary>
    public PairedDifference? Difference { get; init; }

    /// <summary>The difference's p after Holm's correction over the study's claims.</summary>
    public double? AdjustedP { get; init; }

    /// <summary>The verdict.</summary>
    public required ClaimVerdict Verdict { get; init; }

    /// <summary>The verdict in words.</summary>
    public string Words => Verdict switch
    {
        ClaimVerdict.Holds => "holds",
        ClaimVerdict.Reversed => "reversed",
        ClaimVerdict.Absent => "no difference",
        _ => "not resolved",
    };

    /// <summary>Our figures in a phrase: both means, difference, interval, p and seeds.</summary>
    public string Ours()
    {
        if (Difference is not { } d)
            return "no run yet";
        var interval = d.Interval is { } i ? $" (95 % {StudySentences.Signed(i.Low)} to {StudySentences.Signed(i.High)}"
            + (AdjustedP is { } p ? $", {StudySentences.P(p)}" : "") + ")" : "";
        return $"{Claim.Arm} {StudySentences.Number(Mean!.Value)}, {Against} {StudySentences.Number(AgainstMean!.Value)}: "
            + $"{StudySentences.Signed(d.Mean)}{interval}, {d.Count} seed{(d.Count == 1 ? "" : "s")}";
    }
}
