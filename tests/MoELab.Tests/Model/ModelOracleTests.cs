using MoELab.Experts;
using MoELab.Model;
using MoELab.Plugins;
using MoELab.Randomness;

namespace MoELab.Tests.Model;

/// <summary>The model as it trains (Trinity's router, the fastest kernel) against the oracle in doubles: values and gradients.</summary>
[Trait("bug", "selection")]
public sealed class ModelOracleTests : IDisposable
{
    private const int Batch = 2, Length = 11;
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 16)];

    public void Dispose() => _scope.Dispose();

    [Theory, MemberData(nameof(Seeds))]
    public void Logits_and_choices_agree_whatever_is_switched_on(int seed)
    {
        var problem = new Problem(seed);
        var observer = new ChoiceObserver();
        var actual = problem.Forward(new ForwardContext { Bias_LE = problem.Bias(), Observer = observer }).detach().data<float>().ToArray();
        var expected = problem.Expected();
        var size = Math.Sqrt(expected.Average(v => v * v));
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-5 * Math.Max(1, size), $"logit {i} is {actual[i]}, expected {expected[i]} with {problem.Recipe}");
        for (var layer = 0; layer < problem.Recipe.MoELayers; layer++)
            Assert.Equal(problem.Oracle.Choices[layer].SelectMany(c => c), observer.Choices[layer].Select(e => (int)e));
    }

    [Theory, InlineData(0), InlineData(3), InlineData(5), InlineData(6)]
    public void Gradients_are_the_oracles_slopes(int seed)
    {
        var problem = new Problem(seed);
        var random = new Philox(seed, "gradient test");
        var direction = Enumerable.Range(0, Batch * Length * SimpleModel.Vocabulary).Select(_ => (double)(float)random.NextNormal()).ToArray();
        using var direction_TV = torch.tensor([.. direction.Select(v => (float)v)], [Batch * Length, SimpleModel.Vocabulary]);
        (problem.Forward(new ForwardContext { Training = true, Bias_LE = problem.Bias() }) * direction_TV).sum().backward();
        // The gate of a single expert is its scale, whatever the router says: nothing but rounding reaches the router then.
        var rounding = 1e-6 * problem.Model.Parameters.Max(p => p.Value.grad!.abs().max().item<float>());
        foreach (var parameter in problem.Model.Parameters)
        {
            var gradient = parameter.Value.grad!.contiguous().data<float>().ToArray();
            var largest = gradient.Max(Math.Abs);
            int[] places = [Array.FindIndex(gradient, g => Math.Abs(g) == largest), random.NextInt(gradient.Length), random.NextInt(gradient.Length)];
            foreach (var at in places)
            {
                var slope = Slope(problem, parameter.Name, at, direction);
                Assert.True(Math.Abs(slope - gradient[at]) <= (1e-4 * largest) + rounding, $"{parameter.Name}[{at}]: gradient {gradient[at]}, slope {slope}, largest {largest}, with {problem.Recipe}");
            }
        }
    }

    [Fact]
    public void Grouped_queries_are_full_attention_with_repeated_keys_and_values()
    {
        var recipe = SimpleModel.Recipe with { InitSigma = 0.3 };
        using var grouped = SimpleModel.Create(recipe);
        using var full = SimpleModel.Create(recipe with { KvHeads = recipe.Heads });
        using (torch.no_grad())
        {
            foreach (var (from, to) in grouped.Parameters.Zip(full.Parameters))
            {
                var value = from.Value.detach();
                to.Value.copy_(value.shape.SequenceEqual(to.Value.shape) ? value
                    : value.reshape(recipe.KvHeads, recipe.HeadDim, recipe.DModel).repeat_interleave(recipe.Heads / recipe.KvHeads, 0).reshape(to.Value.shape));
            }
        }
        var ids = SimpleModel.Ids(Batch, Length);
        Assert.All(SimpleModel.Logits(grouped, ids).Zip(SimpleModel.Logits(full, ids)), p => Assert.Equal(p.First, p.Second, 1e-5));
    }

    private static double Slope(Problem problem, string parameter, int at, double[] direction)
    {
        var weights = problem.Oracle.Weights[parameter];
        var before = weights[at];
        double At(double value)
        {
            weights[at] = value;
            return problem.Expected().Zip(direction, (l, c) => l * c).Sum();
        }
        const double Step = 1e-5;
        var slope = (At(before + Step) - At(before - Step)) / (2 * Step);
        weights[at] = before;
        return slope;
    }

    private sealed class Problem
    {
        private readonly long[] _ids;
        private readonly long[] _documents;
        private readonly float[,] _bias;

        public Problem(int seed)
        {
            var random = new Philox(seed, "switches");
            bool Flip() => random.NextInt(2) == 1;
            Recipe = SimpleModel.Recipe with
            {
                KvHeads = new[] { 1, 2, 4 }[random.NextInt(3)],
                Window = 1 + random.NextInt(Length + 1),
                GlobalEvery = random.NextInt(4),
                DenseLayers = random.NextInt(3),
                SharedExperts = random.NextInt(3),
                ActiveExperts = 1 + random.NextInt(3),
                RouteScale = 0.5 + random.NextDouble(),
                RopeTheta = Flip() ? 10000 : 50,
                RopeInGlobal = Flip(),
                QkNorm = Flip(),
                GatedAttention = Flip(),
                SandwichNorm = Flip(),
                DepthScaledNorm = Flip(),
                ScaleEmbedding = Flip(),
                IntraDocumentMask = Flip(),
                InitSigma = 0.25,
                RmsEps = Flip() ? 1e-5 : 0.05,
                Latent = seed % 2 == 0 ? 0 : 6,
                LatentNorm = seed % 4 == 1,
                NullExperts = seed % 3,
            };
            Model = new MoEModel(Recipe, SimpleModel.Vocabulary, Catalog.Create<IRouter>(new PluginChoice("sigmoid-top-k"), "router"),
                ExpertKernels.Select(Catalog, new PluginChoice("auto"), torch.CPU, torch.ScalarType.Float32).Kernel, new LocalDispatcher(), seed, torch.CPU, torch.ScalarType.Float32);
            using (torch.no_grad())
            {
                // Gains that differ from one another show whether each stands where it should.
                foreach (var gain in Model.Parameters.Where(p => !p.IsMatrix))
                    gain.Value.add_(torch.tensor([.. Enumerable.Range(0, (int)gain.Value.numel()).Select(_ => (float)(0.3 * random.NextNormal()))]));
            }
            _ids = [.. Enumerable.Range(0, Batch * Length).Select(_ => (long)random.NextInt(SimpleModel.Vocabulary))];
            _documents = [.. Enumerable.Range(0, Batch * Length).Select(i => (long)(i % Length / 4))];
            var columns = Recipe.Experts + Recipe.NullExperts;
            _bias = new float[Math.Max(1, Recipe.MoELayers), columns];
            for (var i = 0; i < _bias.Length; i++)
                _bias[i / columns, i % columns] = (float)(0.1 * random.NextNormal());
            Oracle = ModelOracle.Of(Model);
        }

        public ModelRecipe Recipe { get; }

        public MoEModel Model { get; }

        public ModelOracle Oracle { get; }

        public Tensor Bias() => torch.tensor(_bias);

        public Tensor Forward(ForwardContext context) =>
            Model.Forward(torch.tensor(_ids, [Batch, Length]), torch.tensor(_documents, [Batch, Length]), context).Logits_TV;

        public double[] Expected() => [.. Oracle.Logits(_ids, _documents, Length, _bias).SelectMany(row => row)];
    }

    private sealed class ChoiceObserver : IRoutingObserver
    {
        public List<long[]> Choices { get; } = [];

        public void Routed(int layer, Tensor logits_TE, RouterOutput output) => Choices.Add(output.Choice.Expert_N.data<long>().ToArray());
    }
}
