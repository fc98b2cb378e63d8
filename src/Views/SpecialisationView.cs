namespace MoELab.Views;

/// <summary>
/// Expert by domain specialisation per layer: of a domain's choices the share that goes to an expert, N(expert, domain) / N(domain)
/// (OLMoE, arXiv 2409.02060, section 5.3), against an even share 1 / experts. Held-out text, the newest checkpoint.
/// </summary>
public sealed class SpecialisationView : HeldOutView
{
    /// <summary>Routes held-out text; shows <paramref name="layer"/>.</summary>
    /// <exception cref="InputException">No such layer, no checkpoint, or the corpus cannot be opened.</exception>
    public SpecialisationView(RunReader run, int layer = 0, int tokensPerDomain = 4096)
        : base(run, layer, tokensPerDomain)
    {
    }

    /// <inheritdoc/>
    public override string Title => $"Specialisation of layer {Layer}'s experts, held-out text at step {Routing.Step:N0}";

    /// <summary>
    /// Layer, domain, expert, choices, their share of the domain's choices, that against an even share, and the domain's share of the expert's
    /// choices when every domain had as many tokens.
    /// </summary>
    public override ViewTable Data => new(["layer", "domain", "expert", "choices", "share_of_domain", "relative_load", "share_of_expert"],
        [.. from layer in Enumerable.Range(0, Routing.Layers)
            from domain in Enumerable.Range(0, Routing.Domains.Count)
            from expert in Experts
            let share = Share(layer, domain, expert)
            let all = Enumerable.Range(0, Routing.Domains.Count).Select(d => Share(layer, d, expert)).Where(double.IsFinite).Sum()
            let ofExpert = all == 0 ? double.NaN : share / all
            select new object?[]
            {
                layer, Routing.Domains[domain], expert, Routing.Counts[layer, domain, expert], share, Load(layer, domain, expert), ofExpert,
            }]);

    internal override HeatPicture Picture => new(Frames, Title, "share of a domain's choices against an even share")
    {
        Frame = Layer,
        FrameWord = "layer",
        RowWord = "domain",
        RowNames = Routing.Domains,
        LiveTitle = $"Specialisation of the experts, held-out text at step {Routing.Step:N0}",
        Even = "an even share of the domain",
        Nothing = "no tokens of this domain",
        Most = "most chosen",
        Least = "least chosen",
    };

    private protected override int Rows => Routing.Domains.Count;

    private protected override double Load(int layer, int domain, int expert) => Share(layer, domain, expert) * Routing.Experts;

    private double Share(int layer, int domain, int expert)
    {
        var sum = Experts.Sum(e => Routing.Counts[layer, domain, e]);
        return sum == 0 ? double.NaN : Routing.Counts[layer, domain, expert] / (double)sum;
    }
}
