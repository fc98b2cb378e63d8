using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Routing.Routers;

/// <summary>Options of <see cref="ReMoe"/>; the defaults are the paper's for runs of its length.</summary>
public sealed record ReMoeOptions
{
    /// <summary>
    /// First coefficient of the L1 penalty; 0 takes <c>max(1e-8, 0.02 alpha^(-n / 10))</c> of the <c>n</c> steps that are left, so that it
    /// matters after a tenth of them. From 800 steps on (with alpha 1.2) that is the paper's 1e-8.
    /// </summary>
    [Range(0.0, 1.0), Description("First coefficient of the L1 penalty on the gates; "
        + "0 takes the paper's 1e-8, and more in runs of under 800 steps, so that it matters after a tenth of them.")]
    public double Lambda0 { get; init; }

    /// <summary>Factor by which the coefficient moves per step.</summary>
    [Range(1.0, 10.0), Description("Factor by which the coefficient rises or falls per step (paper: 1.2).")]
    public double Alpha { get; init; } = 1.2;

    /// <summary>Whether an expert's share of the penalty grows with its load.</summary>
    [Description("Weigh the penalty of each expert by its load, which also balances the experts.")]
    public bool LoadRefined { get; init; } = true;
}
