using MoELab.Data.Tokenization;
using MoELab.Recipes.Costs;

namespace MoELab.Views;

/// <summary>Training loss, raw and smoothed, with the held-out loss of every evaluation.</summary>
public sealed class LossView : LineView
{
    /// <summary>Reads the run's <c>loss</c> and <c>eval/loss</c> (else the mean of <c>eval/loss/DOMAIN</c>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="against">The x axis.</param>
    /// <exception cref="InputException">The run logged no tokens or time, or for FLOPs, its folder lacks the recipe or tokenizer.</exception>
    public LossView(RunReader run, LossAxis against = LossAxis.Steps)
    {
        var at = Positions(run, against);
        var series = new List<Series>();
        if (run.Metrics.Find("loss") is { } loss)
            series.Add(Series.Of(loss, "training", SeriesStyle.Smoothed, "c0", at));
        if (HeldOut(run.Metrics) is { Count: > 0 } heldOut)
            series.Add(Series.Of(heldOut, "held out", SeriesStyle.Dots, "c1", at));
        var markers = Marker.Of(run).Select(m => m with { X = at((int)m.X) }).Where(m => double.IsFinite(m.X));
        Chart = new LineChart { Title = "Loss", XLabel = LossAxes.Label(against), YLabel = "nats per token", Series = series, Markers = [.. markers] };
    }

    internal static MetricColumn? HeldOut(MetricTable metrics)
    {
        if (metrics.Find("eval/loss") is { } whole)
            return whole;
        var domains = metrics.Under("eval/loss/");
        if (domains.Count == 0)
            return null;
        var steps = domains.SelectMany(d => d.Steps).Distinct().Order().ToList();
        double Mean(int step) => domains.Select(d => d.At(step)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        return new MetricColumn("eval/loss", steps, [.. steps.Select(Mean)]);
    }

    private static Func<int, double> Positions(RunReader run, LossAxis against) => against switch
    {
        _ when against == LossAxis.Steps || run.Step == 0 => step => step,
        _ => Column(run, LossAxes.Metric(against)!, against == LossAxis.Flops ? FlopsPerToken(run) : 1),
    };

    private static Func<int, double> Column(RunReader run, string key, double factor)
    {
        var column = run.Metrics.Find(key)
            ?? throw new InputException($"run '{run.Name}': it logged no {key}, so the loss can only be drawn against steps");
        var steps = column.Steps.Zip(column.Values).ToDictionary(p => p.First, p => p.Second * factor);
        return step => step == 0 ? 0 : steps.GetValueOrDefault(step, double.NaN);
    }

    internal static double FlopsPerToken(RunReader run)
    {
        if (!Directory.Exists(run.PathOf("tokenizer")))
            throw new InputException($"run '{run.Name}': FLOPs need the vocabulary, and the folder has no tokenizer");
        return RecipeCost.Of(run.Recipe, Tokenizers.Load(run.PathOf("tokenizer")).VocabularySize).FlopsPerToken;
    }
}
