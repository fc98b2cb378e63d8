using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing;

/// <summary>Options of <see cref="ReMoe"/>; the defaults are the paper's.</summary>
public sealed record ReMoeOptions
{
    /// <summary>First coefficient of the L1 penalty.</summary>
    [Range(0.0, 1.0), Description("First coefficient of the L1 penalty on the gates (paper: 1e-8).")]
    public double Lambda0 { get; init; } = 1e-8;

    /// <summary>Factor by which the coefficient moves per step.</summary>
    [Range(1.0, 10.0), Description("Factor by which the coefficient rises or falls per step (paper: 1.2).")]
    public double Alpha { get; init; } = 1.2;

    /// <summary>Whether an expert's share of the penalty grows with its load.</summary>
    [Description("Weigh the penalty of each expert by its load, which also balances the experts.")]
    public bool LoadRefined { get; init; } = true;
}
