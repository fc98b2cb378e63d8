using MoELab.Data;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Training;

/// <summary>Where a step's time goes: medians over a few steps of a recipe, without a run folder.</summary>
/// <param name="SecondsPerStep">Median seconds of a step.</param>
/// <param name="TokensPerSecond">Tokens over that.</param>
/// <param name="Utilisation">As the metric of that name defines it.</param>
/// <param name="MatrixFlopsPerSecond">Its denominator.</param>
/// <param name="Shares">Share of the step by phase, largest first.</param>
public sealed record StepProfile(double SecondsPerStep, double TokensPerSecond, double Utilisation, double MatrixFlopsPerSecond, IReadOnlyList<KeyValuePair<string, double>> Shares)
{
    /// <summary>Measures.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="catalog">Plugins.</param>
    /// <param name="steps">Steps to measure, after one to warm up.</param>
    /// <param name="progress">Sentences about data that is being prepared.</param>
    public static StepProfile Measure(Recipe recipe, PluginCatalog catalog, int steps, IProgress<string>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ComputeSetup.Apply(recipe.Training, recipe.Training.Threads);
        using var corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
        using var parts = new TrainingParts(recipe, catalog, corpus, new SingleProcess());
        var runner = new StepRunner(parts);
        var rate = new MatrixRate();
        var outcomes = new List<StepOutcome>();
        for (var step = 1; step <= steps + 1; step++)
        {
            using var scope = torch.NewDisposeScope();
            var outcome = runner.Run(step);
            rate.Measure();
            if (step > 1)
                outcomes.Add(outcome);
        }
        double Median(Func<StepOutcome, double> of) => outcomes.Select(of).Order().ElementAt(outcomes.Count / 2);
        var phases = outcomes.SelectMany(o => o.Seconds.Keys).Distinct().ToDictionary(p => p, p => Median(o => o.Seconds.GetValueOrDefault(p)));
        var whole = phases.Values.Sum();
        var tokens = outcomes[0].Tokens;
        var used = new Utilisation(recipe, corpus.Tokenizer.VocabularySize).Of(tokens, phases["forward"] + phases["backward"], rate.FlopsPerSecond);
        return new StepProfile(whole, tokens / whole, used, rate.FlopsPerSecond,
            [.. phases.Select(p => KeyValuePair.Create(p.Key, p.Value / whole)).OrderByDescending(p => p.Value)]);
    }
}
