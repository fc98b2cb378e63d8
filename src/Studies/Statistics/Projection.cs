namespace MoELab.Studies.Statistics;

/// <summary>What a scaling law says about one budget.</summary>
/// <param name="Compute">The budget, in FLOPs.</param>
/// <param name="Loss">The law's loss there.</param>
/// <param name="Band">Interval of the law itself; null where the fit has no degrees of freedom left, or the law was not fitted.</param>
/// <param name="NewRun">Interval of one more run at this budget: the law's error and the scatter about it; null like the band.</param>
public sealed record Projection(double Compute, double Loss, Interval? Band, Interval? NewRun);
