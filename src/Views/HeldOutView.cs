namespace MoELab.Views;

/// <summary>A heatmap of how the newest checkpoint routes held-out text, one frame per layer; columns are experts, rows are domains or experts.</summary>
public abstract class HeldOutView : HeatView
{
    private protected HeldOutView(RunReader run, int layer, int tokensPerDomain)
    {
        Routing = HeldOutRouting.Of(run, tokensPerDomain);
        if (layer < 0 || layer >= Routing.Layers)
            throw new InputException($"layer {layer}: the model has MoE layers 0 to {Routing.Layers - 1}");
        Layer = layer;
    }

    /// <summary>The layer that the static picture shows.</summary>
    public int Layer { get; }

    /// <summary>One frame per layer.</summary>
    public RoutingFrames Frames => field ??= RoutingFrames.OfRelative(
        Enumerable.Range(0, Routing.Layers).Select(l => (l, Enumerable.Range(0, Rows).SelectMany(row => Experts.Select(e => Load(l, row, e))))),
        Rows, Routing.Experts);

    private protected HeldOutRouting Routing { get; }

    private protected IEnumerable<int> Experts => Enumerable.Range(0, Routing.Experts);

    private protected abstract int Rows { get; }

    /// <summary>A cell's value relative to what chance or an even load would give (1); NaN for none.</summary>
    private protected abstract double Load(int layer, int row, int expert);
}
