using MoELab.Data.Preparation;
using MoELab.Plugins;

namespace MoELab.Views;

/// <summary>Held-out text of every domain, routed by a run's newest checkpoint: who chose whom, and which experts are chosen together.</summary>
/// <param name="Domains">Names, in the corpus' order.</param>
/// <param name="Counts">[layers, domains, experts] choices.</param>
/// <param name="Together">[layers, experts, experts] tokens that chose both; the diagonal holds the tokens that chose the expert.</param>
/// <param name="Step">The checkpoint's step.</param>
internal sealed record HeldOutRouting(IReadOnlyList<string> Domains, long[,,] Counts, long[,,] Together, int Step)
{
    public int Layers => Counts.GetLength(0);

    public int Experts => Counts.GetLength(2);

    /// <summary>Routes up to <paramref name="tokensPerDomain"/> held-out tokens of each domain, document by document.</summary>
    /// <exception cref="InputException">The run has no checkpoint or no MoE layer, or its corpus cannot be opened.</exception>
    public static HeldOutRouting Of(RunReader run, int tokensPerDomain)
    {
        var plugins = PluginCatalog.Discover();
        using var model = LabModel.Load(run.FullPath, null, plugins);
        using var corpus = PreparedCorpus.Prepare(model.Recipe.Data, plugins);
        var (layers, experts) = (Math.Max(0, model.Recipe.Model.Layers - model.Recipe.Model.DenseLayers), model.Recipe.Model.RouterColumns);
        if (layers == 0)
            throw new InputException($"run '{run.Name}': its model has no MoE layer");
        var (counts, together) = (new long[layers, corpus.Domains.Count, experts], new long[layers, experts, experts]);
        for (var domain = 0; domain < corpus.Domains.Count; domain++)
            foreach (var ids in Documents(corpus, model, domain, tokensPerDomain))
                foreach (var layer in model.Route(ids, domain, corpus.Domains.Count))
                    Add(layer, domain, counts, together);
        return new HeldOutRouting([.. corpus.Domains.Select(d => d.Name)], counts, together, model.Step);
    }

    private static void Add(LayerRouting layer, int domain, long[,,] counts, long[,,] together)
    {
        // Position 0 is the separator, which belongs to no domain.
        foreach (var token in layer.Tokens.Zip(layer.Experts).Where(c => c.First > 0).GroupBy(c => c.First, c => c.Second))
        {
            var chosen = token.ToArray();
            foreach (var a in chosen)
            {
                counts[layer.Layer, domain, a]++;
                foreach (var b in chosen)
                    together[layer.Layer, a, b]++;
            }
        }
    }

    private static IEnumerable<long[]> Documents(PreparedCorpus corpus, LabModel model, int domain, int most)
    {
        foreach (var (batch, _) in corpus.EvaluationBatches(domain, model.Recipe.Training.SequenceLength, 1, most))
            foreach (var document in Enumerable.Range(0, batch.Tokens.Length).Where(i => batch.Targets[i] >= 0)
                .GroupBy(i => batch.Documents[i], i => batch.Tokens[i]))
                if (document.Where(t => t != corpus.Tokenizer.Separator).ToArray() is { Length: > 0 } tokens)
                    yield return [corpus.Tokenizer.Separator, .. tokens];
    }
}
