namespace MoELab.Data.Packing;

/// <summary>
/// Each domain's share of the tokens, by phase. A worker next reads from the domain that is furthest behind its share of
/// the tokens read in this phase, so that weights apply to tokens, not documents.
/// </summary>
internal sealed class Mixture
{
    private readonly double[] _ends;
    private readonly double[][] _shares;

    /// <param name="phases">The phases; if empty, one phase in proportion to <paramref name="tokens"/>.</param>
    /// <param name="domains">Names of the domains, in order.</param>
    /// <param name="tokens">Training tokens of each domain.</param>
    /// <param name="ends">Where each phase ends, as a share of the run's tokens; null uses the phases' relative lengths.</param>
    /// <exception cref="InputException">An unknown domain, a weight below 0, or a phase without weight.</exception>
    public Mixture(IReadOnlyList<PhaseRecipe> phases, IReadOnlyList<string> domains, IReadOnlyList<long> tokens, IReadOnlyList<double>? ends = null)
    {
        if (phases.Count == 0)
            (phases, ends) = ([new PhaseRecipe()], null);
        var total = phases.Sum(p => p.Share);
        var sum = 0.0;
        _ends = new double[phases.Count];
        _shares = new double[phases.Count][];
        for (var p = 0; p < phases.Count; p++)
        {
            sum += phases[p].Share;
            _ends[p] = ends is null ? sum / total : ends[p];
            var weights = new double[domains.Count];
            foreach (var (name, weight) in phases[p].Weights)
            {
                var d = domains.ToList().IndexOf(name);
                if (d < 0)
                    throw new InputException($"data.phases.{p}.weights.{name}: no such domain{Names.Hint(name, [.. domains])}");
                if (!(weight >= 0 && double.IsFinite(weight)))
                    throw new InputException($"data.phases.{p}.weights.{name}: {weight} is out of range; expected 0 or more");
                weights[d] = weight;
            }
            if (phases[p].Weights.Count == 0)
                weights = [.. tokens.Select(t => (double)t)];
            if (weights.Sum() <= 0)
                throw new InputException($"data.phases.{p}.weights: every weight is 0; expected a weight for one of {string.Join(", ", domains)}");
            _shares[p] = [.. weights.Select(w => w / weights.Sum())];
        }
    }

    /// <summary>The phase at a share of the run.</summary>
    public int Phase(double progress) => _ends.SkipLast(1).TakeWhile(end => progress >= end).Count();

    /// <summary>The domain that is furthest behind its share; ties go to the lower index.</summary>
    public int Next(int phase, ReadOnlySpan<long> read)
    {
        var shares = _shares[phase];
        var total = 0L;
        foreach (var tokens in read)
            total += tokens;
        var best = -1;
        var most = double.NegativeInfinity;
        for (var d = 0; d < shares.Length; d++)
        {
            // One token ahead, so that the first choice follows the weights too.
            var lag = (shares[d] * (total + 1)) - read[d];
            if (shares[d] > 0 && lag > most)
                (best, most) = (d, lag);
        }
        return best;
    }
}
