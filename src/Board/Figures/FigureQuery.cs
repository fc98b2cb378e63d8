using Microsoft.AspNetCore.Http;
using MoELab.Views.Comparisons;

namespace MoELab.Board.Figures;

/// <summary>Which figure an address asks for, and how it is to look.</summary>
/// <param name="query">The address's query.</param>
internal sealed class FigureQuery(IQueryCollection query)
{
    public const int MostRuns = 200;

    private const int LeastWidth = 200, MostWidth = 8000;

    /// <summary>The runs, in order.</summary>
    public IReadOnlyList<string> Runs
    {
        get
        {
            string[] runs = [.. query["run"].OfType<string>().Distinct(StringComparer.Ordinal)];
            return runs.Length is > 0 and <= MostRuns ? runs
                : throw new InputException($"{runs.Length} runs are chosen; expected 1 to {MostRuns}");
        }
    }

    /// <summary>The place of each run among the colours; its own place where none is given.</summary>
    public IReadOnlyList<int> Colors => [.. Runs.Select((_, i) =>
        i < query["color"].Count && int.TryParse(query["color"][i], out var color) && color >= 0 ? color : i)];

    public string Metric => Text("metric", "loss");

    public int? Step => query.ContainsKey("step") ? (int)Number("step", 0, 0, int.MaxValue) : null;

    public OverlayOptions Overlay => new OverlayOptions
    {
        Metric = Metric,
        X = Choice("x", LossAxis.Steps),
        Smoothing = query.ContainsKey("smooth") ? Number("smooth", 0, 0, 0.999) : null,
        Log = query["log"] == "1",
        From = Bound("from"),
        To = Bound("to"),
        Seeds = Choice("seeds", SeedBand.None),
    };

    public double Width => Number("width", 720, LeastWidth, MostWidth);

    public double Height => Number("height", 300, 120, MostWidth);

    /// <summary>Size of plain letters in pixels.</summary>
    public double Font => Number("font", 11, 5, 60);

    /// <summary>Pixels of a PNG per pixel of the width.</summary>
    public double Scale => Number("scale", 2, 0.25, 8);

    public bool Dark => query["theme"] == "dark";

    private string Text(string key, string otherwise) =>
        query.TryGetValue(key, out var value) && value.ToString().Length > 0 ? value.ToString() : otherwise;

    private double? Bound(string key) => query.ContainsKey(key) ? Number(key, 0, double.MinValue, double.MaxValue) : null;

    private double Number(string key, double otherwise, double least, double most)
    {
        var text = Text(key, "");
        return text.Length == 0 ? otherwise
            : double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
            : throw new InputException(FormattableString.Invariant($"{key}: '{text}'; expected a number from {least} to {most}"));
    }

    private T Choice<T>(string key, T otherwise) where T : struct, Enum
    {
        var text = Text(key, "");
        return text.Length == 0 ? otherwise : char.IsLetter(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var value) ? value
            : throw new InputException($"{key}: '{text}'; expected {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}");
    }
}
