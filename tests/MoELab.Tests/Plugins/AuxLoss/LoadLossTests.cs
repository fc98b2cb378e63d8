using MoELab.Interop.Torch;
using MoELab.Plugins;
using MoELab.Plugins.AuxLoss;
using MoELab.Tests.Routing;

namespace MoELab.Tests.Plugins.AuxLoss;

/// <summary>The load loss of noisy top-k against loops in doubles, against choices that are drawn again and again, and with finite differences.</summary>
public sealed class LoadLossTests
{
    private const int T = 20, E = 6, K = 2;

    [Fact]
    public void Agrees_with_plain_loops_in_doubles()
    {
        using var scope = torch.NewDisposeScope();
        var (logits, spread, bias) = (RouterKit.Random(T, E, "clean"), RouterKit.Random(T, E, "spread"), new double[] { 0.3, 0, -0.2, 0.1, 0, 0.5 });
        var (value, normal) = Compute(torch.tensor(logits), torch.tensor(spread), bias);
        Assert.Equal(Oracle(logits, spread, normal, bias), value.item<float>(), 1e-5);
    }

    [Fact]
    public void The_chance_is_how_often_the_expert_is_chosen_when_its_noise_is_drawn_anew()
    {
        var (logits, spread, normal) = (RouterKit.Random(1, E, "clean"), RouterKit.Random(1, E, "spread"), RouterKit.Random(1, E, "drawn", 1));
        var noisy = Enumerable.Range(0, E).Select(e => logits[0, e] + (normal[0, e] * Softplus(spread[0, e]))).ToArray();
        var stream = new MoELab.Randomness.Philox(5, "anew");
        for (var e = 0; e < E; e++)
        {
            var others = noisy.Where((_, i) => i != e).OrderDescending().ElementAt(K - 1);
            const int Draws = 200_000;
            var chosen = Enumerable.Range(0, Draws).Count(_ => logits[0, e] + (stream.NextNormal() * Softplus(spread[0, e])) > others);
            Assert.Equal(chosen / (double)Draws, Chance(logits, spread, normal, new double[E], 0, e), 0.006);
        }
    }

    [Fact]
    public void Has_the_gradient_of_finite_differences_for_logits_and_noise()
    {
        using var scope = torch.NewDisposeScope();
        var (logits, spread, bias) = (RouterKit.Random(T, E, "clean"), RouterKit.Random(T, E, "spread"), new double[E]);
        var (logits_TE, spread_TE) = (torch.tensor(logits, requires_grad: true), torch.tensor(spread, requires_grad: true));
        var (value, normal) = Compute(logits_TE, spread_TE, bias);
        value.backward();
        for (var place = 0; place < T * E; place += 7)
        {
            Assert.Equal(Difference(logits, moved => Oracle(moved, spread, normal, bias)), logits_TE.grad![place / E, place % E].item<float>(), 1e-4);
            Assert.Equal(Difference(spread, moved => Oracle(logits, moved, normal, bias)), spread_TE.grad![place / E, place % E].item<float>(), 1e-4);

            double Difference(float[,] values, Func<float[,], double> of)
            {
                var (up, down) = ((float[,])values.Clone(), (float[,])values.Clone());
                up[place / E, place % E] += 1e-3f;
                down[place / E, place % E] -= 1e-3f;
                return (of(up) - of(down)) / ((double)up[place / E, place % E] - down[place / E, place % E]);
            }
        }
    }

    [Fact]
    public void Alike_experts_cost_nothing_and_all_of_them_cannot_be_unlike()
    {
        using var scope = torch.NewDisposeScope();
        var input = RouterKit.Input(torch.zeros(4000, E), k: E) with { ExtraLogits = new Dictionary<string, Tensor> { ["noise"] = torch.zeros(4000, E) } };
        Assert.Equal(0, Loss(input, E).item<float>());
        Assert.Equal(0, Loss(input with { TopK = K }, K).item<float>(), 1e-3);
    }

    [Fact]
    public void Another_router_is_refused_before_anything_starts()
    {
        var recipe = ((Recipe)"lab-tiny").With("losses.load.weight", 0.1);
        var catalog = PluginCatalog.Discover();
        Assert.Contains("losses.load: needs a router with trainable 'noise', which 'sigmoid-top-k' does not have; expected router: noisy-top-k", Assert.Throws<InputException>(() => RecipeValidator.Validate(recipe, catalog)).Message, StringComparison.Ordinal);
        RecipeValidator.Validate(recipe.With("router", "noisy-top-k"), catalog);
        using var scope = torch.NewDisposeScope();
        var quiet = new AuxiliaryLossInput { Logits = torch.zeros(T, E), Router = RouterKit.Create("sigmoid-top-k").Route(RouterKit.Input(torch.zeros(T, E), k: K)), Sequences = 1, TopK = K };
        Assert.Throws<ArgumentException>(() => new LoadLoss(new LoadLossOptions()).Compute(quiet));
    }

    private static (Tensor Value, float[,] Normal) Compute(Tensor logits_TE, Tensor spread_TE, double[] bias)
    {
        var bias_E = torch.tensor(bias).to(torch.ScalarType.Float32);
        var input = RouterKit.Input(logits_TE, bias_E, K) with { ExtraLogits = new Dictionary<string, Tensor> { ["noise"] = spread_TE } };
        var output = RouterKit.Create("noisy-top-k").Route(input);
        var normal_TE = ((output.Selection_TE! - logits_TE) / output.NoiseScale_TE!).detach();
        var normal = new float[T, E];
        Buffer.BlockCopy(HostMemory.Copy<float>(normal_TE, torch.ScalarType.Float32), 0, normal, 0, T * E * sizeof(float));
        return (new LoadLoss(new LoadLossOptions()).Compute(new AuxiliaryLossInput { Logits = logits_TE, Router = output, Sequences = 1, TopK = K, Bias_E = bias_E }), normal);
    }

    private static Tensor Loss(RouterInput input, int k) =>
        new LoadLoss(new LoadLossOptions()).Compute(new AuxiliaryLossInput { Logits = input.Logits_TE, Router = RouterKit.Create("noisy-top-k").Route(input), Sequences = 1, TopK = k });

    private static double Oracle(float[,] logits, float[,] spread, float[,] normal, double[] bias)
    {
        var loads = Enumerable.Range(0, E).Select(e => Enumerable.Range(0, T).Sum(t => Chance(logits, spread, normal, bias, t, e))).ToArray();
        return loads.Average(l => (l - loads.Average()) * (l - loads.Average())) / (loads.Average() * loads.Average());
    }

    private static double Chance(float[,] logits, float[,] spread, float[,] normal, double[] bias, int t, int e)
    {
        var others = Enumerable.Range(0, E).Where(i => i != e).Select(i => logits[t, i] + bias[i] + (normal[t, i] * Softplus(spread[t, i]))).OrderDescending().ElementAt(K - 1);
        return Phi((logits[t, e] + bias[e] - others) / Softplus(spread[t, e]));
    }

    private static double Softplus(double x) => Math.Log(1 + Math.Exp(x));

    // The normal distribution by the trapezoidal rule.
    private static double Phi(double x)
    {
        const int Parts = 2000;
        var (from, to) = (-9.0, Math.Clamp(x, -9, 9));
        var step = (to - from) / Parts;
        return Enumerable.Range(0, Parts + 1).Sum(i => (i is 0 or Parts ? 0.5 : 1) * Math.Exp(-0.5 * (from + (i * step)) * (from + (i * step)))) * step / Math.Sqrt(2 * Math.PI);
    }
}
