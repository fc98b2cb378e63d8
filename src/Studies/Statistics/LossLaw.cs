namespace MoELab.Studies.Statistics;

/// <summary>
/// The two constants of L(C) = Linf + A C^-alpha that a comparison at one size takes as known. The defaults are those of marin's Agent MoE experiments
/// (v16 ladder, Paloma macro loss, C in FLOPs): fit your own (<see cref="ScalingLaw"/>) for another loss or tokenizer.
/// </summary>
public sealed record LossLaw
{
    /// <summary>Creates the law.</summary>
    /// <param name="floor">Linf, the loss that no compute goes below, in the unit of the loss.</param>
    /// <param name="exponent">alpha, above 0 to 2.</param>
    /// <exception cref="InputException">A number that is not finite or out of range.</exception>
    public LossLaw(double floor = 1.6, double exponent = 0.0941)
    {
        Floor = double.IsFinite(floor) && floor >= 0 ? floor
            : throw new InputException(FormattableString.Invariant($"the floor of the loss law is {floor}; expected a finite number of 0 or more"));
        Exponent = Check.Within(Check.Positive(exponent, "the exponent of the loss law"), "the exponent of the loss law", 0, 2);
    }

    /// <summary>Linf, in the unit of the loss.</summary>
    public double Floor { get; }

    /// <summary>alpha.</summary>
    public double Exponent { get; }
}
