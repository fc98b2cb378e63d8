using MoELab.Runs.Log;

namespace MoELab.Views.Comparisons;

/// <summary>Two or more runs side by side: figures, curves aligned by tokens, recipe differences and the A/B difference of their routing.</summary>
[TypeFormatterSource(typeof(NotebookFormatterSource), PreferredMimeTypes = [NotebookFormatterSource.Html, NotebookFormatterSource.Text])]
public sealed class Comparison : INotebookValue
{
    private readonly Recipe?[] _recipes;

    /// <summary>Compares runs in the given order; the others are compared with the first.</summary>
    /// <exception cref="InputException">Fewer than two runs.</exception>
    public Comparison(params IReadOnlyList<RunReader> runs)
    {
        if (runs.Count < 2)
            throw new InputException($"compare: {runs.Count} run{(runs.Count == 1 ? "" : "s")} given; expected two or more");
        Runs = runs;
        Names = Distinct(runs);
        // What a run without a recipe differs in is reported as such; of one whose recipe cannot be read every difference would be false.
        _recipes = [.. runs.Select(r => r.HasRecipe ? r.Recipe : null)];
    }

    /// <summary>The runs.</summary>
    public IReadOnlyList<RunReader> Runs { get; }

    /// <summary>Their names, numbered where two are the same.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>One row per run: steps, tokens, final loss, held-out bits per byte, MaxVio, dead experts, speed.</summary>
    public ViewTable Table => new(
        ["run", "status", "steps", "tokens", "loss_last_tenth", "eval_bits_per_byte", "max_vio_last_tenth", "dead_experts", "tokens_per_second"],
        [.. Runs.Select((run, i) => (Name: Names[i], Run: run, Figures: RunFigures.Of(run))).Select(r => new object?[]
        {
            r.Name, r.Run.Status.ToString().ToLowerInvariant(), r.Run.Step, (long)Tokens(r.Run),
            r.Figures.Loss, r.Figures.BitsPerByte, r.Figures.MaxVio, r.Figures.DeadExperts, r.Figures.TokensPerSecond,
        })])
    {
        Titles = ["run", "status", "steps", "tokens", "loss, last tenth", "held-out bits/byte", "MaxVio, last tenth", "dead experts",
            "tokens/s, median"],
    };

    /// <summary>Every recipe path on which the runs do not agree, with each run's value.</summary>
    public ViewTable Diff
    {
        get
        {
            var leaves = _recipes.Select(r => r is null ? [] : RecipeTree.Leaves(r.ToTree(), "").ToDictionary(l => l.Path, l => l.Value)).ToArray();
            var paths = leaves.SelectMany(l => l.Keys).Distinct().Order(StringComparer.Ordinal)
                .Where(p => leaves.Select(l => l.GetValueOrDefault(p)).Distinct().Count() > 1);
            return new ViewTable(["path", .. Names],
                [.. paths.Select(p => leaves.Select(l => (object?)(l.GetValueOrDefault(p) ?? "-")).Prepend(p).ToArray())]);
        }
    }

    /// <summary>A metric of every run over <c>tokens</c>, <c>step</c> or <c>time</c>.</summary>
    /// <exception cref="InputException">Another x axis.</exception>
    public ComparisonCurves Curves(string x = "tokens", string metric = "loss") => new(this, x, metric);

    /// <summary>
    /// The routing of the second run less that of the first, one slider for both, aligned by tokens; null where it cannot be
    /// drawn, and <see cref="HeatmapNote"/> then says why.
    /// </summary>
    public RoutingDifferenceView? Heatmap() => HeatmapNote is null ? new RoutingDifferenceView(Runs[0], Runs[1], Names[0], Names[1]) : null;

    /// <summary>Why there is no difference of heatmaps; null where there is one.</summary>
    public string? HeatmapNote
    {
        get
        {
            if (Runs.Count != 2)
                return $"A difference of heatmaps needs two runs; these are {Runs.Count}.";
            for (var i = 0; i < 2; i++)
                if (Runs[i].RoutingSteps.Count == 0)
                    return $"'{Names[i]}' recorded no routing, so there is no difference to draw.";
            var (a, b) = (Runs[0].Routing!, Runs[1].Routing!);
            return (a.Layers, a.Experts) == (b.Layers, b.Experts) ? null
                : $"The heatmaps stand side by side without a difference: '{Names[0]}' has {a.Layers} layers of {a.Experts} experts, "
                    + $"'{Names[1]}' {b.Layers} of {b.Experts}.";
        }
    }

    /// <summary>One sentence: which run is best on what all of them measured, by how much, and what differs.</summary>
    public string Statement()
    {
        var metric = Runs.All(r => r.Metrics.Find("eval/bits_per_byte") is { Count: > 0 }) ? "eval/bits_per_byte" : "loss";
        var finals = Runs.Select(r => RunFigures.Of(r, metric) ?? double.NaN).ToArray();
        if (finals.Any(double.IsNaN))
            return $"'{Names[Array.FindIndex(finals, double.IsNaN)]}' has logged no {metric} yet, so the runs cannot be ranked.";
        var order = Enumerable.Range(0, finals.Length).OrderBy(i => finals[i]).ToArray();
        var (best, next) = (order[0], order[1]);
        var unit = metric == "loss" ? "nats per token of training loss" : "held-out bits per byte";
        return Outcome(Names[best], Names[next], finals[best], finals[next], unit) + Balance(best, next)
            + (finals[next] - finals[best] == 0 ? "" : Seeds(best, next)) + Caveats(metric) + Cause() + ".";
    }

    /// <summary>The comparison as a self-contained page.</summary>
    public string ToHtml() => ComparisonPage.ToHtml(this);

    /// <summary>Writes the page.</summary>
    /// <returns>The file's path.</returns>
    public string Write(string path = "compare.html")
    {
        File.WriteAllText(path, ToHtml(), new UTF8Encoding(false));
        return path;
    }

    /// <summary>Tokens that a run has seen: the last <c>tokens_total</c>, else the sum of <c>tokens</c>.</summary>
    internal static double Tokens(RunReader run) =>
        run.Metrics.Find("tokens_total") is { Count: > 0 } total ? total.Last : run.Metrics.Find("tokens")?.Values.Sum() ?? 0;

    /// <summary>Who ends lower, to the four decimals of the table; the difference is that of the figures as they are shown there.</summary>
    internal static string Outcome(string best, string next, double low, double high, string unit) =>
        low.Equals(high) ? $"'{best}' and '{next}' end equal at {low:0.0000} {unit}"
        : high - low < 5e-4 ? $"'{best}' and '{next}' end within 0.0005 of each other at {low:0.0000} {unit}"
        : $"'{best}' ends at {low:0.0000} {unit}, {Math.Round(high, 4) - Math.Round(low, 4):0.0000} ({(high - low) / high:P1}) below '{next}'";

    private string Balance(int best, int next) =>
        RunFigures.Of(Runs[best]).MaxVio is { } a && RunFigures.Of(Runs[next]).MaxVio is { } b
            ? $", with MaxVio {a:0.00} against {b:0.00}" : "";

    private string Caveats(string metric)
    {
        var tokens = Runs.Select(Tokens).ToArray();
        var text = tokens.Max() > tokens.Min() * 1.01
            ? $"; they saw different amounts of text ({string.Join(", ", tokens.Select(Ticks.Label))} tokens)" : "";
        if (metric == "loss" && _recipes.Select(r => r?.Data.Tokenizer).Distinct().Count() > 1)
            text += "; their tokenizers differ, so losses per token do not compare";
        return text;
    }

    // The difference is chance as well as cause; only several seeds show how much is chance.
    private string Seeds(int best, int next)
    {
        var experiments = _recipes.Select((r, i) => r is null ? $"run {i}" : ExperimentKey.Of(r)).ToArray();
        if (experiments[best] == experiments[next] && _recipes[best] is { } a && _recipes[next] is { } b && a.Training.Seed != b.Training.Seed)
            return "; these two differ in the seed alone, so the difference is seed noise";
        int SeedsOf(int run) => Enumerable.Range(0, experiments.Length).Where(i => experiments[i] == experiments[run])
            .Select(i => _recipes[i]?.Training.Seed).Distinct().Count();
        return SeedsOf(best) == 1 || SeedsOf(next) == 1
            ? "; with one seed each, the difference may be seed noise (race them over several seeds to find out)"
            : "; these are the best runs of several seeds each, without a mean or an interval (a race gives both)";
    }

    private string Cause()
    {
        var rows = Diff.Rows.Select(r => (string)r[0]!).Where(p => p != "name").ToArray();
        // Another plugin has other options: that is one difference.
        var plugins = rows.Where(p => p.EndsWith(".name", StringComparison.Ordinal)).Select(p => p[..^5]).ToArray();
        var paths = rows.Select(p => plugins.FirstOrDefault(n => p.StartsWith(n + ".", StringComparison.Ordinal)) ?? p).Distinct().ToArray();
        return paths.Length switch
        {
            0 => _recipes.Contains(null) ? "" : "; they started with the same recipe" + Changes(),
            <= 3 => $"; they differ in {string.Join(", ", paths)}" + Changes(),
            _ => $"; they differ in {paths.Length} recipe values" + Changes(),
        };
    }

    string? INotebookValue.As(string mimeType) => mimeType switch
    {
        NotebookFormatterSource.Html => NotebookOutput.NotebookHtml(string.Join(" / ", Names), Table, Statement()),
        NotebookFormatterSource.Text => Statement() + "\n" + Table.ToText(),
        _ => null,
    };

    // A recipe is what a run started with.
    private string Changes()
    {
        var changed = Runs.Select(r => r.Events.FirstOrDefault(e => e.Kind is EventKind.Swap or EventKind.Set && e.Path != "alerts")?.Step);
        return string.Concat(changed.Zip(Names).Where(r => r.First is not null).Select(r => $", and '{r.Second}' was changed after step {r.First}"));
    }

    private static string[] Distinct(IReadOnlyList<RunReader> runs) =>
        [.. runs.Select((run, i) => runs.Count(r => r.Name == run.Name) == 1 ? run.Name : $"{run.Name} ({i + 1})")];
}
