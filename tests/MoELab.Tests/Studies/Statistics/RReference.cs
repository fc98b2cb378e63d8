using MoELab.Studies.Statistics;

namespace MoELab.Tests.Studies.Statistics;

/// <summary>What R gave for the cases of reference.R, and how close a figure must be to it.</summary>
internal static class RReference
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden", "statistics");

    public static JsonObject Recorded { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "reference.json")))!.AsObject();

    public static JsonNode[] Cases(string part)
    {
        var cases = Recorded[part]!.AsArray().Select(n => n!).ToArray();
        Assert.NotEmpty(cases);
        return cases;
    }

    public static double Number(this JsonNode node, string key) => node[key]!.GetValue<double>();

    public static double[] Numbers(this JsonNode node, string key) => [.. node[key]!.AsArray().Select(v => v!.GetValue<double>())];

    /// <summary>To 1e-6, relative where the figure is larger than 1 and absolute below; small p values by their own size.</summary>
    public static void Same(double expected, double? actual, double tolerance = 1e-6)
    {
        Assert.NotNull(actual);
        Assert.True(Math.Abs(expected - actual.Value) <= tolerance * Math.Max(Math.Abs(expected), 1e-12),
            FormattableString.Invariant($"R gives {expected:r}, MoELab {actual:r}"));
    }

    public static void Same(double[] expected, Interval? actual, double tolerance = 1e-6)
    {
        // An end near 0 is as exact as the interval is wide.
        var width = Math.Abs(expected[1] - expected[0]);
        Assert.NotNull(actual);
        Assert.True(Math.Abs(expected[0] - actual.Value.Low) <= tolerance * width && Math.Abs(expected[1] - actual.Value.High) <= tolerance * width,
            FormattableString.Invariant($"R gives {expected[0]:r} to {expected[1]:r}, MoELab {actual}"));
    }
}
