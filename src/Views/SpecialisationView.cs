using MoELab.Runs.Reading;
using MoELab.Views.Scenes;

namespace MoELab.Views;

/// <summary>
/// Expert by domain specialisation per layer: of a domain's choices the share that goes to an expert, N(expert, domain) / N(domain)
/// (OLMoE, arXiv 2409.02060, section 5.3), against an even share 1 / experts. Held-out text, the newest checkpoint.
/// </summary>
public sealed class SpecialisationView : HeatView
{
    private readonly HeldOutRouting _routing;

    /// <summary>Routes held-out text; shows <paramref name="layer"/>.</summary>
    /// <exception cref="InputException">No such layer, no checkpoint, or the corpus cannot be opened.</exception>
    public SpecialisationView(RunReader run, int layer = 0, int tokensPerDomain = 4096)
    {
        _routing = HeldOutRouting.Of(run, tokensPerDomain);
        if (layer < 0 || layer >= _routing.Layers)
            throw new InputException($"layer {layer}: the model has MoE layers 0 to {_routing.Layers - 1}");
        Layer = layer;
        var empty = new RoutingFrames(_routing.Domains.Count, _routing.Experts, [], [], -2, 2, true);
        Frames = empty with
        {
            Steps = [.. Enumerable.Range(0, _routing.Layers)],
            Cells = [.. Enumerable.Range(0, _routing.Layers).Select(l => (from d in Enumerable.Range(0, _routing.Domains.Count)
                                                                           from e in Enumerable.Range(0, _routing.Experts)
                                                                           let v = Share(l, d, e) * _routing.Experts
                                                                           select v == 0 ? (byte)0 : empty.Quantise(Math.Log2(v))).ToArray())],
        };
    }

    /// <summary>The layer that the static picture shows.</summary>
    public int Layer { get; }

    /// <summary>One frame per layer; rows are domains.</summary>
    public RoutingFrames Frames { get; }

    /// <inheritdoc/>
    public override string Title => $"Specialisation of layer {Layer}'s experts, held-out text at step {_routing.Step:N0}";

    /// <summary>
    /// Layer, domain, expert, choices, their share of the domain's choices, that against an even share, and the domain's share of the expert's
    /// choices when every domain had as many tokens.
    /// </summary>
    public override ViewTable Data => new(["layer", "domain", "expert", "choices", "share_of_domain", "relative_load", "share_of_expert"],
        [.. from layer in Enumerable.Range(0, _routing.Layers)
            from domain in Enumerable.Range(0, _routing.Domains.Count)
            from expert in Enumerable.Range(0, _routing.Experts)
            let share = Share(layer, domain, expert)
            let all = Enumerable.Range(0, _routing.Domains.Count).Select(d => Share(layer, d, expert)).Where(double.IsFinite).Sum()
            select new object?[] { layer, _routing.Domains[domain], expert, _routing.Counts[layer, domain, expert], share, share * _routing.Experts, all == 0 ? double.NaN : share / all }]);

    internal override HeatPicture Picture => new(Frames, Title, "share of a domain's choices against an even share")
    {
        Frame = Layer,
        FrameWord = "layer",
        RowWord = "domain",
        RowNames = _routing.Domains,
        LiveTitle = $"Specialisation of the experts, held-out text at step {_routing.Step:N0}",
        Even = "an even share of the domain",
        Nothing = "no tokens of this domain",
        Most = "most chosen",
        Least = "least chosen",
    };

    private double Share(int layer, int domain, int expert)
    {
        var sum = Enumerable.Range(0, _routing.Experts).Sum(e => _routing.Counts[layer, domain, e]);
        return sum == 0 ? double.NaN : _routing.Counts[layer, domain, expert] / (double)sum;
    }
}
