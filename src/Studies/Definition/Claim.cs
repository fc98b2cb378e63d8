using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Studies.Definition;

/// <summary>How a claim says that an arm ends, next to another.</summary>
public enum ClaimDirection
{
    /// <summary>Its metric is lower.</summary>
    Lower,

    /// <summary>Its metric is higher.</summary>
    Higher,

    /// <summary>The two differ by less than what counts as a difference.</summary>
    Equal,
}

/// <summary>A published claim that two arms of a study put to the test.</summary>
public sealed record Claim
{
    /// <summary>What is claimed, in words.</summary>
    [Required, Description("what is claimed, in words")]
    public string Text { get; init; } = "";

    /// <summary>What was published: the numbers, their scale and their source.</summary>
    [Description("what was published: numbers, scale and source")]
    public string Published { get; init; } = "";

    /// <summary>The arm that the claim is about.</summary>
    [Required, Description("the arm that the claim is about")]
    public string Arm { get; init; } = "";

    /// <summary>The arm that it is compared with; empty for the first.</summary>
    [Description("the arm that it is compared with; absent: the first")]
    public string Against { get; init; } = "";

    /// <summary>The metric; empty for the study's.</summary>
    [Description("the metric; absent: the study's")]
    public string Metric { get; init; } = "";

    /// <summary>How the arm should end, next to the other.</summary>
    [Description("how the arm should end: lower, higher or equal")]
    public ClaimDirection Expects { get; init; }

    /// <summary>
    /// The smallest difference in the metric that matters; 0: the study's, where the metric is the study's, and else not said. A claim of equality
    /// needs one.
    /// </summary>
    [Range(0.0, 1e9), Description("the smallest difference in its metric that matters; 0: the study's for the study's metric, else not said")]
    public double Difference { get; init; }

    /// <summary>The arm that it is compared with, in a study with this first arm.</summary>
    internal string AgainstOf(string first) => Against.Length > 0 ? Against : first;

    /// <summary>The metric in force.</summary>
    internal string MetricOf(Study study) => Metric.Length > 0 ? Metric : study.Metric;

    /// <summary>The margin in force; 0: none.</summary>
    internal double MarginOf(Study study) => Difference > 0 ? Difference : MetricOf(study) == study.Metric ? study.Difference : 0;
}
