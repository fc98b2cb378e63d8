using MoELab.Model;

namespace MoELab.Tests.Model;

/// <summary>
/// The whole AFMoE model with plain loops over doubles, one token and one head at a time, written from the report's equations and
/// sharing no code with the model. Weights are looked up by the names that checkpoints use.
/// </summary>
internal sealed class ModelOracle(ModelRecipe recipe, IReadOnlyDictionary<string, double[]> weights)
{
    /// <summary>An oracle with a model's weights.</summary>
    public static ModelOracle Of(MoEModel model) =>
        new(model.Recipe, model.Parameters.ToDictionary(p => p.Name, p => p.Value.detach().data<float>().ToArray().Select(v => (double)v).ToArray()));

    /// <summary>The weights, which a test may move.</summary>
    public IReadOnlyDictionary<string, double[]> Weights => weights;

    /// <summary>Experts of each token in each MoE layer at the last pass, [layer][token].</summary>
    public List<int[][]> Choices { get; } = [];

    /// <summary>Logits [token][vocabulary] of sequences of equal length, one after the other.</summary>
    public double[][] Logits(IReadOnlyList<long> ids, IReadOnlyList<long> documents, int length, float[,]? bias_LE = null)
    {
        Choices.Clear();
        var (d, embedding) = (recipe.DModel, weights["model.embed_tokens.weight"]);
        var scale = recipe.ScaleEmbedding ? Math.Sqrt(d) : 1;
        var x = ids.Select(id => Enumerable.Range(0, d).Select(i => embedding[(id * d) + i] * scale).ToArray()).ToArray();
        for (var layer = 0; layer < recipe.Layers; layer++)
        {
            var name = $"model.layers.{layer}";
            var attended = Attention(x.Select(v => Norm(v, $"{name}.input_layernorm.weight")).ToArray(), documents, length, layer);
            x = Add(x, attended, $"{name}.post_attention_layernorm.weight");
            var h = x.Select(v => Norm(v, $"{name}.pre_mlp_layernorm.weight")).ToArray();
            x = Add(x, layer < recipe.DenseLayers ? h.Select(v => SwiGlu(v, $"{name}.mlp", recipe.Ffn)).ToArray() : Experts(h, layer, bias_LE), $"{name}.post_mlp_layernorm.weight");
        }
        return [.. x.Select(v => Linear(Norm(v, "model.norm.weight"), weights["lm_head.weight"]))];
    }

    private double[][] Attention(double[][] x, IReadOnlyList<long> documents, int length, int layer)
    {
        var (name, global, c) = ($"model.layers.{layer}.self_attn", recipe.GlobalEvery > 0 && (layer + 1) % recipe.GlobalEvery == 0, recipe.HeadDim);
        var share = recipe.Heads / recipe.KvHeads;
        double[] Head(double[] all, int head, string norm, int position)
        {
            var one = all[(head * c)..((head + 1) * c)];
            if (recipe.QkNorm)
                one = Norm(one, $"{name}.{norm}.weight");
            return global && !recipe.RopeInGlobal ? one : Rotate(one, position);
        }
        var q = x.Select(v => Linear(v, weights[$"{name}.q_proj.weight"])).ToArray();
        var k = x.Select(v => Linear(v, weights[$"{name}.k_proj.weight"])).ToArray();
        var values = x.Select(v => Linear(v, weights[$"{name}.v_proj.weight"])).ToArray();
        var y = new double[x.Length][];
        for (var t = 0; t < x.Length; t++)
        {
            var first = t / length * length;
            var seen = Enumerable.Range(first, t - first + 1)
                .Where(s => global || t - s < recipe.Window)
                .Where(s => !recipe.IntraDocumentMask || documents[s] == documents[t]).ToArray();
            var o = new double[recipe.Heads * c];
            for (var head = 0; head < recipe.Heads; head++)
            {
                var query = Head(q[t], head, "q_norm", t - first);
                var scores = seen.Select(s => Dot(query, Head(k[s], head / share, "k_norm", s - first)) / Math.Sqrt(c)).ToArray();
                var largest = scores.Max();
                var exponentials = scores.Select(s => Math.Exp(s - largest)).ToArray();
                for (var i = 0; i < c; i++)
                    o[(head * c) + i] = seen.Select((s, j) => exponentials[j] * values[s][(head / share * c) + i]).Sum() / exponentials.Sum();
            }
            if (recipe.GatedAttention)
                o = [.. o.Zip(Linear(x[t], weights[$"{name}.gate_proj.weight"]), (a, g) => a * Sigmoid(g))];
            y[t] = Linear(o, weights[$"{name}.o_proj.weight"]);
        }
        return y;
    }

    private double[][] Experts(double[][] x, int layer, float[,]? bias_LE)
    {
        var name = $"model.layers.{layer}.mlp";
        var (moe, f, d) = (layer - recipe.DenseLayers, recipe.ExpertFfn, recipe.Latent > 0 ? recipe.Latent : recipe.DModel);
        var y = new double[x.Length][];
        var chosen = new int[x.Length][];
        for (var t = 0; t < x.Length; t++)
        {
            var scores = Linear(x[t], weights[$"{name}.router.gate.weight"]).Select(Sigmoid).ToArray();
            chosen[t] = [.. Enumerable.Range(0, scores.Length).OrderByDescending(e => scores[e] + (bias_LE?[moe, e] ?? 0)).ThenBy(e => e).Take(recipe.ActiveExperts)];
            var sum = chosen[t].Sum(e => scores[e]);
            var shared = recipe.SharedExperts > 0 ? SwiGlu(x[t], $"{name}.shared_experts", recipe.SharedExperts * f) : new double[recipe.DModel];
            var into = recipe.Latent == 0 ? x[t] : Linear(x[t], weights[$"{name}.latent.down.weight"]);
            if (recipe.Latent > 0 && recipe.LatentNorm)
                into = Norm(into, $"{name}.latent.norm.weight");
            y[t] = new double[d];
            foreach (var e in chosen[t].Where(e => e < recipe.Experts))
            {
                var out_D = SwiGlu(into, weights[$"{name}.experts.w13"][(e * 2 * f * d)..((e + 1) * 2 * f * d)], weights[$"{name}.experts.w2"][(e * d * f)..((e + 1) * d * f)], f);
                for (var i = 0; i < d; i++)
                    y[t][i] += scores[e] / sum * recipe.RouteScale * out_D[i];
            }
            y[t] = [.. (recipe.Latent == 0 ? y[t] : Linear(y[t], weights[$"{name}.latent.up.weight"])).Zip(shared, (a, b) => a + b)];
        }
        Choices.Add(chosen);
        return y;
    }

    private double[][] Add(double[][] x, double[][] branch, string norm) =>
        [.. x.Zip(branch, (a, b) => a.Zip(recipe.SandwichNorm ? Norm(b, norm) : b, (u, v) => u + v).ToArray())];

    private double[] Norm(double[] x, string gain)
    {
        var root = Math.Sqrt((x.Sum(v => v * v) / x.Length) + recipe.RmsEps);
        return [.. x.Select((v, i) => v / root * weights[gain][i])];
    }

    private double[] Rotate(double[] x, int position)
    {
        var half = x.Length / 2;
        var y = new double[x.Length];
        for (var i = 0; i < half; i++)
        {
            var angle = position * Math.Pow(recipe.RopeTheta, -2.0 * i / x.Length);
            y[i] = (x[i] * Math.Cos(angle)) - (x[i + half] * Math.Sin(angle));
            y[i + half] = (x[i + half] * Math.Cos(angle)) + (x[i] * Math.Sin(angle));
        }
        return y;
    }

    private double[] SwiGlu(double[] x, string name, int width) => SwiGlu(x, weights[$"{name}.w13"], weights[$"{name}.w2"], width);

    private static double[] SwiGlu(double[] x, double[] w13, double[] w2, int width)
    {
        var h = Linear(x, w13);
        return Linear([.. Enumerable.Range(0, width).Select(i => h[i] * Sigmoid(h[i]) * h[width + i])], w2);
    }

    private static double[] Linear(double[] x, double[] weight)
    {
        var y = new double[weight.Length / x.Length];
        for (var i = 0; i < y.Length; i++)
        {
            for (var j = 0; j < x.Length; j++)
                y[i] += weight[(i * x.Length) + j] * x[j];
        }
        return y;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (u, v) => u * v).Sum();

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
