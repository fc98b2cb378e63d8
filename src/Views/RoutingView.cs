namespace MoELab.Views;

/// <summary>Layer by expert heatmap of one step's tokens against an even load, with the frames of the whole run for a slider.</summary>
public sealed class RoutingView : HeatView
{
    private readonly int _frame;
    private readonly long[,] _counts = new long[0, 0];
    private readonly double[][] _means = [];

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
        var records = routing.Read(steps).ToList();
        _means = [.. records.Select(r => Means(r.Counts))];
        Frames = RoutingFrames.OfLoads(records, routing.Layers, routing.Experts);
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

    /// <summary>An even load of each layer, in tokens.</summary>
    internal static double[] Means(long[,] counts) =>
        [.. counts.Cast<long>().Chunk(counts.GetLength(1)).Select(layer => Math.Round(layer.Sum() / (double)layer.Length, 2))];
}
