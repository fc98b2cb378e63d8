namespace MoELab.Optimization;

/// <summary>Coefficients (a, b, c) of the odd polynomial <c>aX + b(XXᵀ)X + c(XXᵀ)²X</c> of each Newton–Schulz step.</summary>
public enum NewtonSchulzCoefficients
{
    /// <summary>(3.4445, -4.7750, 2.0315) at every step: Muon's own (Jordan, 2024); singular values end near 1, between about 0.7 and 1.2.</summary>
    Simple,

    /// <summary>Five steps tuned one after the other (Muon's later set).</summary>
    Quintic,

    /// <summary>Minimax-optimal steps (Polar Express, arXiv 2505.16932); converges to 1 with eight.</summary>
    PolarExpress,
}
