// T tokens, E experts, L MoE layers.
using System.Globalization;
using MoELab.Contracts;
using MoELab.Data.Preparation;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Recipes;
using MoELab.Training.Steps;

namespace MoELab.Benchmarks;

/// <summary>
/// What routing costs: one whole optimizer step side by side with the same step's router (scores, choice, gates, with their backward),
/// the collection of counts and metrics, and the balancer, each repeated as often as the step does it.
/// </summary>
internal static class RoutingShare
{
    public static void Run(Recipe recipe, PluginCatalog catalog, int rounds)
    {
        using var corpus = PreparedCorpus.Prepare(recipe.Data, catalog);
        using var parts = new TrainingParts(BoundRecipe.Of(recipe, catalog), catalog, corpus, new SingleProcess());
        var runner = new StepRunner(parts);
        var tokens = Math.Min(recipe.Training.TokensPerStep, recipe.Training.MicroBatchTokens);
        var micros = (int)(recipe.Training.TokensPerStep / tokens);
        using var scope = torch.NewDisposeScope();
        var (experts, active) = (recipe.Model.Experts, recipe.Model.ActiveExperts);
        var x_TD = Components.Leaf(tokens, recipe.Model.DModel);
        var gate_ED = Components.Leaf(experts, recipe.Model.DModel);
        var bias_E = torch.zeros(experts);
        var step = 1;
        var info = new StepInfo(1, recipe.Training.Steps, 0);

        RouterOutput routed;
        using (torch.no_grad())
            routed = Route(x_TD, gate_ED, bias_E, info, parts, active);

        void Router()
        {
            for (var i = 0; i < micros * parts.Layers; i++)
            {
                using var inner = torch.NewDisposeScope();
                Route(x_TD, gate_ED, bias_E, info, parts, active).Gates_N.sum().backward();
            }
        }

        void Metrics()
        {
            using var inner = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            using var collector = new RoutingCollector(parts.Model.Router, parts.Layers, experts, active, parts.Balancer.Needs, parts.BalancerState.Bias_LE);
            for (var i = 0; i < micros * parts.Layers; i++)
            {
                collector.WantsDetails = i < parts.Layers;
                collector.Routed(i % parts.Layers, x_TD, routed);
            }
            collector.Reduce(parts.Group);
            parts.Balancer.Update(collector.ToStats(recipe.Training.TokensPerStep, torch.CPU), parts.BalancerState, info);
        }

        var measured = new SideBySide($"{recipe.Name}: a step of {recipe.Training.TokensPerStep} tokens and its routing", rounds)
            .Add("step", () => Step(runner, ref step))
            .Add("router, forward and backward", Router)
            .Add("counts, metrics, balancer", Metrics).Run();
        var share = (measured.Median("router, forward and backward") + measured.Median("counts, metrics, balancer")) / measured.Median("step");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  router + balancer + metrics: {share:0.0%} of a step"));
    }

    private static void Step(StepRunner runner, ref int step)
    {
        using var scope = torch.NewDisposeScope();
        runner.Run(step++);
    }

    private static RouterOutput Route(Tensor x_TD, Tensor gate_ED, Tensor bias_E, StepInfo info, TrainingParts parts, int active) =>
        parts.Model.Router.Route(new RouterInput
        {
            Logits_TE = torch.nn.functional.linear(x_TD, gate_ED),
            Bias_E = bias_E,
            Ids_T = torch.zeros(x_TD.shape[0], dtype: torch.ScalarType.Int64),
            TopK = active,
            RouteScale = parts.Recipe.Model.RouteScale,
            Layer = 0,
            Training = true,
            Step = info,
        });
}
