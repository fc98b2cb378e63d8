using MoELab.Interop.Files;
using MoELab.Model;
using MoELab.Routing.Balancing;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Tests.Model;
using MoELab.Tests.Training;

namespace MoELab.Tests.KnownBugs;

/// <summary>The expert bias: moved in every layer, by its own counts, and never lost on the way out.</summary>
public sealed class BiasTests : IDisposable
{
    private static readonly string[] Counting = ["smebu", "sign-bias", "proportional"];
    private readonly TinyRuns _tiny = new();

    public static TheoryData<string, int> BalancersAndDenseLayers => new(Counting.SelectMany(b => new[] { 0, 1, 2 }.Select(d => (b, d))));

    public static TheoryData<string> Balancers => [.. Counting];

    public void Dispose() => _tiny.Dispose();

    [Theory, MemberData(nameof(BalancersAndDenseLayers)), Trait("bug", "bias-not-updated")]
    public void The_bias_of_every_layer_is_what_its_own_counts_make_of_it(string balancer, int denseLayers)
    {
        using var run = new ShortRun(_tiny.Recipe.With("balancer", balancer).With("model.dense_layers", denseLayers), _tiny.Catalog);
        Assert.Equal(3 - denseLayers, run.Layers);
        for (var layer = 0; layer < run.Layers; layer++)
        {
            var loads = run.Loads(layer);
            Assert.True(loads[0].Distinct().Count() > 1);
            var replayed = BalancerReplay.Run(_tiny.Catalog.Create<IBalancer>(run.Recipe.Balancer, "balancer"), loads, run.Recipe.Model.ActiveExperts);
            for (var step = 0; step < loads.Length; step++)
            {
                Assert.Equal(replayed[step], run.Bias(step, layer));
                Assert.True(run.Outcomes[step].BiasStepNorms[layer] > 0);
            }
        }
    }

    [Fact, Trait("bug", "bias-not-updated")]
    public void The_quantile_balancer_moves_every_layer_too()
    {
        using var run = new ShortRun(_tiny.Recipe.With("balancer", "quantile"), _tiny.Catalog);
        Assert.All(run.Outcomes, o => Assert.All(o.BiasStepNorms, n => Assert.True(n > 0)));
    }

    [Theory, MemberData(nameof(Balancers)), Trait("bug", "bias-not-updated")]
    public void The_bias_that_moved_decides_the_next_choice(string balancer)
    {
        using var moved = new ShortRun(_tiny.Recipe.With("balancer", balancer, new { }).With(Strong(balancer)), _tiny.Catalog, 2);
        using var still = new ShortRun(_tiny.Recipe.With("balancer", "none"), _tiny.Catalog, 2);
        for (var layer = 0; layer < moved.Layers; layer++)
        {
            Assert.Equal(still.Loads(layer)[0], moved.Loads(layer)[0]);
            Assert.NotEqual(still.Loads(layer)[1], moved.Loads(layer)[1]);
        }
    }

    [Fact, Trait("bug", "bias-not-exported")]
    public void An_exported_run_carries_the_bias_of_every_layer_and_gives_the_runs_logits()
    {
        using var scope = torch.NewDisposeScope();
        var run = _tiny.Train();
        using var model = LabModel.Load(run, null, _tiny.Catalog);
        var folder = Path.Combine(_tiny.Folder, "export");
        model.Export(folder);
        using var files = WeightFolder.Open(folder);
        var saved = new CheckpointStore(Path.Combine(run, "checkpoints"));
        var bias_LE = saved.LoadTensors(saved.Steps[0], "balancer")["bias"];
        for (var layer = 0; layer < 2; layer++)
        {
            var exported = files.ReadFloat32($"model.layers.{layer + 1}.mlp.expert_bias", _tiny.Recipe.Model.Experts).data<float>().ToArray();
            Assert.Equal(bias_LE[layer].data<float>().ToArray(), exported);
            Assert.Contains(exported, b => b != 0);
        }
        using var again = AfmoeCheckpoint.Load(folder, c => (_tiny.Catalog.Create<IRouter>(c.Router, "router"), new SimpleKernel(), new SimpleDispatcher()), torch.CPU, torch.ScalarType.Float32);
        long[] tokens = [10, 20, 30, 40, 50];
        using var whole = model.Logits(tokens);
        using var read = new Generator(again.Model, again.Bias_LE).Logits(tokens);
        Assert.All(whole.data<float>().ToArray().Zip(read.data<float>().ToArray()), p => Assert.Equal(p.First, p.Second, 1e-4));
    }

    [Fact, Trait("bug", "bias-not-exported")]
    public void A_change_of_balancer_keeps_the_bias()
    {
        var recipe = _tiny.Recipe with { Schedule = [new ScheduledChange { Step = 5, Set = new Dictionary<string, System.Text.Json.Nodes.JsonNode?> { ["balancer"] = "none" } }] };
        var metrics = RunReader.Open(_tiny.Train(recipe)).Metrics;
        for (var layer = 0; layer < 2; layer++)
        {
            Assert.True(metrics[$"bias/norm/{layer}"].At(4) > 0);
            Assert.Equal(metrics[$"bias/norm/{layer}"].At(4), metrics[$"bias/norm/{layer}"].At(8));
        }
    }

    private static string Strong(string balancer) => balancer == "smebu" ? "balancer.lambda=1" : balancer == "sign-bias" ? "balancer.gamma=1" : "balancer.gamma=1000";
}
