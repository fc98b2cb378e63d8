namespace MoELab.Studies.Statistics;

/// <summary>In what runs were given an equal budget.</summary>
public enum Currency
{
    /// <summary>Equal data: tokens, and tokens per second.</summary>
    Tokens,

    /// <summary>Equal compute: FLOPs, and FLOPs per second.</summary>
    Flops,
}

/// <summary>
/// What a run spent and how fast, in one currency. The two factories keep both numbers in the same one: tokens per second beside a budget in FLOPs
/// would put the arm's FLOPs per token into its speedup.
/// </summary>
public sealed record RunCost
{
    private RunCost(Currency currency, double spent, double perSecond) => (Currency, Spent, PerSecond) = (currency, spent, perSecond);

    /// <summary>The currency of both numbers.</summary>
    public Currency Currency { get; }

    /// <summary>Training tokens, or training FLOPs.</summary>
    public double Spent { get; }

    /// <summary>Tokens per second, or FLOPs per second.</summary>
    public double PerSecond { get; }

    /// <summary>The cost of a run that is compared at equal data.</summary>
    /// <exception cref="InputException">A number that is not finite or not above 0.</exception>
    public static RunCost Tokens(double tokens, double tokensPerSecond) =>
        new(Currency.Tokens, Check.Positive(tokens, "the run's tokens"), Check.Positive(tokensPerSecond, "the run's tokens per second"));

    /// <summary>The cost of a run that is compared at equal compute.</summary>
    /// <exception cref="InputException">A number that is not finite or not above 0.</exception>
    public static RunCost Flops(double flops, double flopsPerSecond) =>
        new(Currency.Flops, Check.Positive(flops, "the run's FLOPs"), Check.Positive(flopsPerSecond, "the run's FLOPs per second"));
}
