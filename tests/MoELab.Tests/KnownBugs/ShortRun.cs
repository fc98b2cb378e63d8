using MoELab.Data.Preparation;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Query;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Tests.KnownBugs;

/// <summary>The first steps of a tiny run in this process, without a run folder, and what they left behind.</summary>
internal sealed class ShortRun : IDisposable
{
    private readonly PreparedCorpus _corpus;
    private readonly TrainingParts _parts;

    public ShortRun(Recipe recipe, PluginCatalog catalog, int steps = 3, IProcessGroup? group = null)
    {
        Recipe = recipe;
        _corpus = PreparedCorpus.Prepare(recipe.Data, catalog);
        _parts = new TrainingParts(BoundRecipe.Of(recipe, catalog), catalog, _corpus, group ?? new SingleProcess());
        var runner = new StepRunner(_parts);
        Outcomes = [.. Enumerable.Range(1, steps).Select(runner.Run)];
    }

    public Recipe Recipe { get; }

    public IReadOnlyList<StepOutcome> Outcomes { get; }

    public int Layers => _parts.Layers;

    /// <summary>Held-out loss after the steps.</summary>
    public double EvaluationLoss() => new Evaluator(_parts).Run(Outcomes.Count, 256, "eval")["eval/loss"];

    /// <summary>Tokens per expert of a layer in each step.</summary>
    public long[][] Loads(int layer) =>
        [.. Outcomes.Select(o => Enumerable.Range(0, Recipe.Model.Experts).Select(e => o.Counts[layer, e]).ToArray())];

    /// <summary>The bias of a layer after a step.</summary>
    public double[] Bias(int step, int layer) =>
        [.. Enumerable.Range(0, Recipe.Model.Experts).Select(e => (double)Outcomes[step].Bias[layer, e])];

    public void Dispose()
    {
        _parts.Dispose();
        _corpus.Dispose();
    }
}
