namespace MoELab.Views.Scenes;

/// <summary>Round positions on an axis, and their labels.</summary>
internal static class Ticks
{
    /// <summary>About <paramref name="count"/> multiples of 1, 2 or 5 times a power of ten inside [low, high], or only integers.</summary>
    public static IReadOnlyList<double> Nice(double low, double high, int count, bool whole = false)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || high <= low)
            return [];
        var rough = (high - low) / Math.Max(1, count);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        if (whole)
            step = Math.Max(1, step);
        var first = (long)Math.Ceiling((low / step) - 1e-9);
        var last = (long)Math.Floor((high / step) + 1e-9);
        return [.. Enumerable.Range(0, (int)Math.Min(100, Math.Max(0, last - first + 1))).Select(i => (first + i) * step)];
    }

    /// <summary>Positions for a logarithmic axis, whose ends are given as powers of ten: 1, 2 and 5 times powers, or only the powers.</summary>
    public static IReadOnlyList<double> Logarithmic(double low, double high)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || high <= low)
            return [];
        var every = Math.Max(1, (int)Math.Ceiling((high - low) / 8));
        double[] digits = high - low <= 3 ? [1, 2, 5] : [1];
        var powers = Enumerable.Range((int)Math.Floor(low), (int)(Math.Ceiling(high) - Math.Floor(low)) + 1).Where(p => p % every == 0);
        double[] ticks = [.. powers.SelectMany(p => digits.Select(d => d * Math.Pow(10, p)))
            .Where(t => Math.Log10(t) >= low - 1e-9 && Math.Log10(t) <= high + 1e-9)];
        return ticks.Length > 2 ? ticks : Nice(Math.Pow(10, low), Math.Pow(10, high), 5);
    }

    /// <summary>Each with its label; labels that would be alike get the digits that tell them apart.</summary>
    public static IEnumerable<(double At, string Label)> Labelled(IReadOnlyList<double> ticks)
    {
        var labels = ticks.Select(Label).ToArray();
        if (labels.Distinct().Count() < labels.Length)
        {
            var digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(ticks[1] - ticks[0]) - 1e-9), 0, 12);
            labels = [.. ticks.Select(t => t.ToString("N" + digits, CultureInfo.InvariantCulture))];
        }
        return ticks.Zip(labels);
    }

    /// <summary>A short label: 1.2k, 3M, 0.05, 2e-5.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e9 => (value / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        >= 1e3 => value.ToString("#,0", CultureInfo.InvariantCulture),
        < 1e-3 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };
}
