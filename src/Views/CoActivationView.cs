using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Views;

/// <summary>
/// Which experts tokens choose together: the row's share of tokens that also chose the column, P(column | row), against chance: the other
/// K - 1 choices of the row's tokens, spread over the other experts as all tokens spread theirs. The diagonal stays empty. Held-out text, the newest checkpoint.
/// </summary>
public sealed class CoActivationView : HeatView
{
    private readonly HeldOutRouting _routing;

    /// <summary>Routes held-out text; shows <paramref name="layer"/>.</summary>
    /// <exception cref="InputException">No such layer, no checkpoint, or the corpus cannot be opened.</exception>
    public CoActivationView(RunReader run, int layer = 0, int tokensPerDomain = 4096)
    {
        _routing = HeldOutRouting.Of(run, tokensPerDomain);
        if (layer < 0 || layer >= _routing.Layers)
            throw new InputException($"layer {layer}: the model has MoE layers 0 to {_routing.Layers - 1}");
        Layer = layer;
        var (layers, experts) = (_routing.Layers, _routing.Experts);
        var empty = new RoutingFrames(experts, experts, [], [], -2, 2, true);
        Frames = empty with
        {
            Steps = [.. Enumerable.Range(0, layers)],
            Cells = [.. Enumerable.Range(0, layers).Select(l => (from a in Enumerable.Range(0, experts)
                                                                  from b in Enumerable.Range(0, experts)
                                                                  let v = a == b ? double.NaN : Lift(l, a, b)
                                                                  select v == 0 ? (byte)0 : empty.Quantise(Math.Log2(v))).ToArray())],
        };
    }

    /// <summary>The layer that the static picture shows.</summary>
    public int Layer { get; }

    /// <summary>One frame per layer; rows and columns are experts.</summary>
    public RoutingFrames Frames { get; }

    /// <inheritdoc/>
    public override string Title => $"Experts chosen together, layer {Layer}, held-out text at step {_routing.Step:N0}";

    /// <summary>Layer, expert, other expert, tokens that chose both, P(other | expert), and that against chance.</summary>
    public override ViewTable Data => new(["layer", "expert", "other", "tokens", "probability", "lift"],
        [.. from a in Enumerable.Range(0, _routing.Experts)
            from b in Enumerable.Range(0, _routing.Experts)
            where a != b
            select new object?[] { Layer, a, b, _routing.Together[Layer, a, b], Given(Layer, a, b), Lift(Layer, a, b) }]);

    internal override HeatPicture Picture => new(Frames, Title, "P(column | row) against chance")
    {
        Frame = Layer,
        FrameWord = "layer",
        RowWord = "expert",
        LiveTitle = $"Experts chosen together, held-out text at step {_routing.Step:N0}",
        Even = "chance",
        None = "never together",
        Nothing = "the expert itself, or one that no token chose",
        Sortable = false,
    };

    private double Given(int layer, int a, int b) => _routing.Together[layer, a, a] is var own && own == 0 ? double.NaN : _routing.Together[layer, a, b] / (double)own;

    private double Lift(int layer, int a, int b)
    {
        double chosen = 0, together = 0;
        for (var e = 0; e < _routing.Experts; e++)
            (chosen, together) = e == a ? (chosen, together) : (chosen + _routing.Together[layer, e, e], together + _routing.Together[layer, a, e]);
        var even = together * _routing.Together[layer, b, b] / chosen;
        return even > 0 ? _routing.Together[layer, a, b] / even : double.NaN;
    }
}
