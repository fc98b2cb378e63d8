using MathNet.Numerics.Statistics;
using MoELab.Data.Preparation;
using MoELab.Model;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Recipes.Costs;
using MoELab.Training.Steps;

namespace MoELab.Training.Metrics;

/// <summary>Where a step's time goes: medians over a few steps of a recipe, without a run folder.</summary>
/// <param name="SecondsPerStep">Median seconds of a step.</param>
/// <param name="TokensPerSecond">Tokens over that.</param>
/// <param name="Utilisation">As the metric of that name defines it.</param>
/// <param name="MatrixFlopsPerSecond">Its denominator.</param>
/// <param name="Shares">Share of the step by phase, largest first.</param>
public sealed record StepProfile(double SecondsPerStep, double TokensPerSecond, double Utilisation, double MatrixFlopsPerSecond,
    IReadOnlyList<KeyValuePair<string, double>> Shares)
{
    /// <summary>
    /// Forward and backward by parts of the model, in the order of a forward pass; empty on a GPU, which works
    /// asynchronously, and with activation checkpointing, whose backward holds forward passes.
    /// </summary>
    public IReadOnlyList<PartShare> Parts { get; init; } = [];

    /// <summary>Measures some steps, after one to warm up.</summary>
    public static StepProfile Measure(Recipe recipe, PluginCatalog catalog, int steps, IProgress<string>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ComputeSetup.Apply(recipe.Training, recipe.Training.Threads);
        using var corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
        using var parts = new TrainingParts(BoundRecipe.Of(recipe, catalog), catalog, corpus, new SingleProcess());
        if (parts.KernelNote is { } note)
            progress?.Report(note);
        var runner = new StepRunner(parts);
        var clock = parts.Device.type == DeviceType.CPU && !recipe.Training.ActivationCheckpointing ? new PartClock(TimeProvider.System) : null;
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
        // By themselves: the marks cost time of their own.
        var timed = new StepRunner(parts) { Parts = clock };
        var choices = 0L;
        for (var step = 1; clock is not null && step <= steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            choices += timed.Run(steps + 1 + step).Choices;
        }
        double Median(Func<StepOutcome, double> of) => outcomes.Select(of).Median();
        var phases = outcomes.SelectMany(o => o.Seconds.Keys).Distinct().ToDictionary(p => p, p => Median(o => o.Seconds.GetValueOrDefault(p)));
        var whole = phases.Values.Sum();
        var tokens = outcomes[0].Tokens;
        var (vocabulary, extra) = (corpus.Tokenizer.VocabularySize, parts.Model.Router.ExtraMatrices.Count);
        var used = new Utilisation(recipe, vocabulary, extra)
            .Of(tokens, (long)Median(o => o.Choices), phases["forward"] + phases["backward"], rate.FlopsPerSecond);
        var cost = RecipeCost.Of(recipe, vocabulary, extra);
        return new StepProfile(whole, tokens / whole, used, rate.FlopsPerSecond,
            [.. phases.Select(p => KeyValuePair.Create(p.Key, p.Value / whole)).OrderByDescending(p => p.Value)])
        {
            Parts = clock is null ? [] : SharesOf(clock, part => FlopsOf(part, recipe, cost, tokens * steps, choices), rate.FlopsPerSecond),
        };
    }

    /// <summary>The part's share in <see cref="RecipeCost.FlopsPerToken"/>; the embedding is looked up, not multiplied.</summary>
    internal static double FlopsPerToken(RecipeCost cost, string part)
    {
        var family = part switch
        {
            ModelPart.Attention => "attention",
            ModelPart.Dense => "dense",
            ModelPart.Router => "router",
            ModelPart.Experts => "experts",
            ModelPart.Shared => "shared",
            ModelPart.Head => "head",
            _ => null,
        };
        var products = 6.0 * cost.Matrices.Where(m => m.Name.Split('.')[0] == family).Sum(m => m.ActiveParameters);
        return part == ModelPart.Attention ? products + cost.AttentionFlopsPerToken : products;
    }

    /// <summary>FLOPs of a part for some tokens: the experts by the choices really made.</summary>
    internal static double FlopsOf(string part, Recipe recipe, RecipeCost cost, long tokens, long choices) => part switch
    {
        ModelPart.Experts => (6.0 * choices * 3 * recipe.Model.ExpertWidth * recipe.Model.ExpertFfn) + (tokens * FlopsOfLatent(cost)),
        _ => tokens * FlopsPerToken(cost, part),
    };

    // The way into the latent and out of it runs with the experts.
    private static double FlopsOfLatent(RecipeCost cost) =>
        6.0 * cost.Matrices.Where(m => m.Name is "latent.down" or "latent.up").Sum(m => m.ActiveParameters);

    private static PartShare[] SharesOf(PartClock clock, Func<string, double> flopsOf, double rate)
    {
        var whole = clock.Seconds.Values.Sum(s => s.Forward + s.Backward);
        return [.. from part in ModelPart.All
                   where clock.Seconds.ContainsKey(part)
                   let seconds = clock.Seconds[part]
                   let flops = flopsOf(part)
                   select new PartShare(part, seconds.Forward / whole, seconds.Backward / whole,
                       flops > 0 ? flops / (seconds.Forward + seconds.Backward) / rate : null)];
    }
}
