namespace MoELab.Views;

/// <summary>
/// Which experts tokens choose together: the row's share of tokens that also chose the column, P(column | row), against chance: the other
/// K - 1 choices of the row's tokens, spread over the other experts as all tokens spread theirs. The diagonal stays empty. Held-out text, the
/// newest checkpoint.
/// </summary>
public sealed class CoActivationView : HeldOutView
{
    /// <summary>Routes held-out text; shows <paramref name="layer"/>.</summary>
    /// <exception cref="InputException">No such layer, no checkpoint, or the corpus cannot be opened.</exception>
    public CoActivationView(RunReader run, int layer = 0, int tokensPerDomain = 4096)
        : base(run, layer, tokensPerDomain)
    {
    }

    /// <inheritdoc/>
    public override string Title => $"Experts chosen together, layer {Layer}, held-out text at step {Routing.Step:N0}";

    /// <summary>Layer, expert, other expert, tokens that chose both, P(other | expert), and that against chance.</summary>
    public override ViewTable Data => new(["layer", "expert", "other", "tokens", "probability", "lift"],
        [.. from a in Experts
            from b in Experts
            where a != b
            select new object?[] { Layer, a, b, Routing.Together[Layer, a, b], Given(a, b), Load(Layer, a, b) }]);

    internal override HeatPicture Picture => new(Frames, Title, "P(column | row) against chance")
    {
        Frame = Layer,
        FrameWord = "layer",
        RowWord = "expert",
        LiveTitle = $"Experts chosen together, held-out text at step {Routing.Step:N0}",
        Even = "chance",
        None = "never together",
        Nothing = "the expert itself, or one that no token chose",
        Sortable = false,
    };

    private protected override int Rows => Routing.Experts;

    private double Given(int a, int b) => Routing.Together[Layer, a, a] is > 0 and var own ? Routing.Together[Layer, a, b] / (double)own : double.NaN;

    private protected override double Load(int layer, int a, int b)
    {
        double chosen = 0, together = 0;
        foreach (var e in Experts.Where(e => e != a))
            (chosen, together) = (chosen + Routing.Together[layer, e, e], together + Routing.Together[layer, a, e]);
        var even = together * Routing.Together[layer, b, b] / chosen;
        return a != b && even > 0 ? Routing.Together[layer, a, b] / even : double.NaN;
    }
}
