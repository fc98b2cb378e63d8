using MoELab.Randomness;

namespace MoELab.Model;

// S positions, V vocabulary.

/// <summary>Samples tokens from a model. The random number at position n depends only on the seed and n.</summary>
/// <param name="model">The model.</param>
/// <param name="bias_LE">float32 [MoE layers, experts]: the expert bias; zeros when null.</param>
/// <param name="routerState">An adaptive router's state.</param>
public sealed class Generator(MoEModel model, Tensor? bias_LE = null, BalancerState? routerState = null)
{
    /// <summary>float32 [S, V]: logits at every position of one sequence.</summary>
    /// <exception cref="InputException">No ids, an id outside the vocabulary, or a router that sees later tokens.</exception>
    public Tensor Logits(IReadOnlyList<long> ids)
    {
        if (ids.Count == 0)
            throw new InputException("tokens: the list is empty; expected at least one");
        if (ids.Select(id => (long?)id).FirstOrDefault(id => id < 0 || id >= model.VocabularySize) is { } wrong)
            throw new InputException($"tokens: id {wrong} is outside the vocabulary; expected 0 to {model.VocabularySize - 1}");
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        var ids_S = torch.tensor(ids.ToArray(), [1, ids.Count], device: model.Device);
        return model.Forward(ids_S, null, new ForwardContext { Bias_LE = bias_LE, RouterState = routerState }).Logits_TV.MoveToOuterDisposeScope();
    }

    /// <summary>Completes a prompt, one token at a time. Returns the generated tokens without the prompt.</summary>
    /// <exception cref="InputException">Same as for <see cref="Logits"/>.</exception>
    public IEnumerable<long> Generate(IReadOnlyList<long> prompt, int count, GeneratorOptions? options = null)
    {
        var how = options ?? new GeneratorOptions();
        var ids = prompt.ToList();
        for (var n = 0; n < count; n++)
        {
            var seen = ids.Count > how.Context ? ids.GetRange(ids.Count - how.Context, how.Context) : ids;
            float[] logits_V;
            using (torch.NewDisposeScope())
                logits_V = Logits(seen)[-1].cpu().data<float>().ToArray();
            var drawn = Draw(logits_V, how, new Philox(how.Seed, "generate", step: n));
            ids.Add(drawn);
            yield return drawn;
        }
    }

    /// <summary>Samples one token; ties go to the lower id.</summary>
    internal static long Draw(float[] logits_V, GeneratorOptions options, Philox random)
    {
        var order = Enumerable.Range(0, logits_V.Length).OrderByDescending(i => logits_V[i]).ToArray();
        if (options.Temperature <= 0)
            return order[0];
        var kept = options.TopK > 0 ? Math.Min(options.TopK, order.Length) : order.Length;
        var top = logits_V[order[0]];
        var weights = new double[kept];
        for (var i = 0; i < kept; i++)
            weights[i] = Math.Exp((logits_V[order[i]] - top) / options.Temperature);
        var left = random.NextDouble() * weights.Sum();
        for (var i = 0; i < kept; i++)
        {
            left -= weights[i];
            if (left < 0)
                return order[i];
        }
        return order[kept - 1];
    }
}
