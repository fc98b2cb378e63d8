using MoELab.Data.Tokenization;
using MoELab.Recipes.Costs;
using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Views;

/// <summary>Training loss, raw and smoothed, with the held-out loss of every evaluation.</summary>
public sealed class LossView : LineView
{
    /// <summary>The losses against steps.</summary>
    public LossView(RunReader run)
        : this(run, LossAxis.Steps)
    {
    }

    /// <summary>Reads the run's <c>loss</c> and <c>eval/loss</c> (else the mean of <c>eval/loss/DOMAIN</c>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="against">The x axis.</param>
    /// <exception cref="InputException">FLOPs are asked for and the run folder lacks its recipe or tokenizer, or it logged no tokens or time.</exception>
    public LossView(RunReader run, LossAxis against)
    {
        var at = Positions(run, against);
        var series = new List<Series>();
        if (run.Metrics.Find("loss") is { } loss)
            series.Add(Placed(Series.Of(loss, "training", SeriesStyle.Smoothed, "c0"), loss, at));
        if (HeldOut(run.Metrics) is { Count: > 0 } heldOut)
            series.Add(Placed(Series.Of(heldOut, "held out", SeriesStyle.Dots, "c1"), heldOut, at));
        var label = against switch { LossAxis.Tokens => "tokens", LossAxis.Flops => "training FLOPs", LossAxis.Time => "seconds", _ => "step" };
        Chart = new LineChart { Title = "Loss", XLabel = label, YLabel = "nats per token", Series = series, Markers = [.. Marker.Of(run).Select(m => m with { X = at((int)m.X) }).Where(m => double.IsFinite(m.X))] };
    }

    /// <inheritdoc/>
    public override LineChart Chart { get; }

    internal static MetricColumn? HeldOut(MetricTable metrics)
    {
        if (metrics.Find("eval/loss") is { } whole)
            return whole;
        var domains = metrics.Under("eval/loss/");
        if (domains.Count == 0)
            return null;
        var steps = domains.SelectMany(d => d.Steps).Distinct().Order().ToList();
        return new MetricColumn("eval/loss", steps, [.. steps.Select(s => domains.Select(d => d.At(s)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average())]);
    }

    private static Series Placed(Series series, MetricColumn column, Func<int, double> at) => series with { X = [.. column.Steps.Select(at)] };

    private static Func<int, double> Positions(RunReader run, LossAxis against)
    {
        if (against == LossAxis.Steps || run.Step == 0)
            return step => step;
        if (against == LossAxis.Time)
            return Column(run, "time", 1);
        return Column(run, "tokens_total", against == LossAxis.Tokens ? 1 : FlopsPerToken(run));
    }

    private static Func<int, double> Column(RunReader run, string key, double factor)
    {
        var column = run.Metrics.Find(key) ?? throw new InputException($"run '{run.Name}': it logged no {key}, so the loss can only be drawn against steps");
        var steps = column.Steps.Zip(column.Values).ToDictionary(p => p.First, p => p.Second * factor);
        return step => step == 0 ? 0 : steps.GetValueOrDefault(step, double.NaN);
    }

    private static double FlopsPerToken(RunReader run)
    {
        if (!Directory.Exists(run.PathOf("tokenizer")))
            throw new InputException($"run '{run.Name}': FLOPs need the vocabulary, and the folder has no tokenizer");
        return RecipeCost.Of(run.Recipe, Tokenizers.Load(run.PathOf("tokenizer")).VocabularySize).FlopsPerToken;
    }
}
