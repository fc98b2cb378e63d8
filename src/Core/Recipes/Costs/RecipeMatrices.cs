namespace MoELab.Recipes.Costs;

/// <summary>The tensors that a model recipe asks for, as numbers.</summary>
internal static class RecipeMatrices
{
    public static IReadOnlyList<RecipeMatrix> Of(ModelRecipe m, int vocabulary, int extraRouterMatrices)
    {
        long d = m.DModel, q = (long)m.Heads * m.HeadDim, kv = (long)m.KvHeads * m.HeadDim;
        long layers = m.Layers, dense = m.DenseLayers, moe = m.MoELayers;
        long shared = (long)m.SharedExperts * m.ExpertFfn;
        var all = new List<RecipeMatrix>
        {
            new("embedding", "embedding", vocabulary, d, 1, 1),
            new("head", "head", vocabulary, d, 1, 1),
            new("attention.q", "hidden", q, d, layers, layers),
            new("attention.k", "hidden", kv, d, layers, layers),
            new("attention.v", "hidden", kv, d, layers, layers),
            new("attention.o", "hidden", d, q, layers, layers),
        };
        if (m.GatedAttention)
            all.Add(new("attention.gate", "hidden", q, d, layers, layers));
        if (dense > 0)
            all.AddRange(SwiGlu("dense", "hidden", d, m.Ffn, dense, dense));
        if (moe == 0)
            return all;
        all.Add(new("router", "router", m.RouterColumns, d, moe, moe));
        if (extraRouterMatrices > 0)
            all.Add(new("router.extra", "router", m.RouterColumns, d, moe * extraRouterMatrices, moe * extraRouterMatrices));
        if (m.Latent > 0)
            all.AddRange([new("latent.down", "hidden", m.Latent, d, moe, moe), new("latent.up", "hidden", d, m.Latent, moe, moe)]);
        all.AddRange(SwiGlu("experts", "experts", m.ExpertWidth, m.ExpertFfn, moe * m.Experts, moe * m.MeanExperts));
        if (shared > 0)
            all.AddRange(SwiGlu("shared", "hidden", d, shared, moe, moe));
        return all;
    }

    /// <summary>Norm gains: two or four per layer, q and k, those of latents, and the last one.</summary>
    public static long VectorParameters(ModelRecipe m) =>
        m.Layers * ((m.SandwichNorm ? 4L : 2L) * m.DModel + (m.QkNorm ? 2L * m.HeadDim : 0)) + m.DModel
        + (m.LatentNorm ? (long)m.MoELayers * m.Latent : 0);

    /// <summary>Values that backward keeps for one micro-batch, logits and their gradient included.</summary>
    public static long ActivationValues(ModelRecipe m, TrainingRecipe t, int vocabulary)
    {
        long attention = (m.GatedAttention ? 4L : 3L) * m.Heads * m.HeadDim + 2L * m.KvHeads * m.HeadDim;
        long norms = 4L * m.DModel;
        long dense = attention + norms + 3L * m.Ffn;
        long moe = attention + norms + 2L * m.RouterColumns + 3L * m.SharedExperts * m.ExpertFfn + 3L * m.Latent
            + m.ActiveExperts * (2L * m.ExpertWidth + 3L * m.ExpertFfn);
        var perToken = t.ActivationCheckpointing
            ? (long)m.Layers * m.DModel + Math.Max(m.DenseLayers > 0 ? dense : 0, m.MoELayers > 0 ? moe : 0)
            : m.DenseLayers * dense + m.MoELayers * moe;
        return t.MicroBatchTokens * (perToken + 2L * vocabulary);
    }

    private static IEnumerable<RecipeMatrix> SwiGlu(string name, string role, long d, long inner, long count, double active) =>
    [
        new($"{name}.gate", role, inner, d, count, active),
        new($"{name}.up", role, inner, d, count, active),
        new($"{name}.down", role, d, inner, count, active),
    ];
}
