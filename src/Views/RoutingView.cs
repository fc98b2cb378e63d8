using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Views;

/// <summary>Layer by expert heatmap of one step's tokens against an even load, with the frames of the whole run for a slider.</summary>
public sealed class RoutingView : HeatView
{
    private readonly int _frame;
    private readonly long[,] _counts = new long[0, 0];
    private readonly List<double[]> _means = [];

    /// <summary>Reads the routing log; shows <paramref name="step"/>, the last one by default.</summary>
    /// <exception cref="InputException">The step is not recorded.</exception>
    public RoutingView(RunReader run, int? step = null)
    {
        if (run.Routing is not { } routing || routing.Steps.Count == 0)
        {
            Frames = RoutingFrames.OfLoads([], run.Routing?.Layers ?? 1, run.Routing?.Experts ?? 1);
            Title = "Routing";
            return;
        }
        Step = step ?? routing.Steps[^1];
        _counts = routing.Counts(Step);
        var steps = RoutingFrames.Choose(routing.Steps);
        if (!steps.Contains(Step))
            steps = [.. steps.Where((_, i) => steps.Count < RoutingFrames.Most || i != steps.Count / 2).Append(Step).Order()];
        Frames = RoutingFrames.OfLoads(Noted(routing.Read(steps)), routing.Layers, routing.Experts);
        _frame = Frames.Steps.TakeWhile(s => s < Step).Count();
        Title = $"Routing at step {Step:N0}";
    }

    /// <summary>The step shown, 0 when nothing is recorded.</summary>
    public int Step { get; }

    /// <summary>The slider's frames; the full data are the run's <c>Counts(step)</c>.</summary>
    public RoutingFrames Frames { get; }

    /// <inheritdoc/>
    public override string Title { get; }

    /// <summary>Layer, expert, tokens and load relative to even of the step shown; the exact counts, not the slider's bytes.</summary>
    public override ViewTable Data
    {
        get
        {
            var relative = RoutingFrames.Relative(_counts);
            return new(["layer", "expert", "tokens", "relative_load"],
                [.. from layer in Enumerable.Range(0, _counts.GetLength(0))
                    from expert in Enumerable.Range(0, _counts.GetLength(1))
                    select new object?[] { layer, expert, _counts[layer, expert], relative[layer, expert] }]);
        }
    }

    internal override HeatPicture Picture => new(Frames, Title, "tokens against an even load") { Frame = _frame, Means = _means };

    private IEnumerable<(int Step, long[,] Counts)> Noted(IEnumerable<(int Step, long[,] Counts)> records)
    {
        foreach (var (step, counts) in records)
        {
            var (layers, experts) = (Enumerable.Range(0, counts.GetLength(0)), Enumerable.Range(0, counts.GetLength(1)));
            _means.Add([.. layers.Select(l => Math.Round(experts.Sum(e => counts[l, e]) / (double)counts.GetLength(1), 2))]);
            yield return (step, counts);
        }
    }
}
