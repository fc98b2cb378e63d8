using MoELab.Plugins;
using MoELab.Studies.Definition;
using MoELab.Training.Metrics;

namespace MoELab.Studies.Planning;

/// <summary>Turns a study's arms and grid into recipes.</summary>
internal static class StudyArms
{
    /// <summary>The arms in full: every cell of the grid, every option, the steps of the budget.</summary>
    /// <param name="study">The study.</param>
    /// <param name="catalog">The available plugins.</param>
    /// <param name="secondsPerStep">Seconds of a step of a recipe, for a budget of time; null where it was not measured yet.</param>
    /// <exception cref="InputException">An arm is no valid recipe.</exception>
    public static IReadOnlyList<ResolvedArm> Of(Study study, PluginCatalog catalog, Func<Recipe, double?>? secondsPerStep = null)
    {
        var from = study.Base with { Origin = null };
        IEnumerable<Arm> arms = study.Arms.Count > 0 ? study.Arms : [Arm.Set("")];
        foreach (var axis in study.Grid)
            arms = arms.SelectMany(a => axis.AppliesTo(a.Apply(from)) ? axis.Values.Select(v => With(a, axis, v, study.Grid)) : [a]).ToArray();
        var all = arms.Select(a => (Name: a.Name.Length > 0 ? a.Name : from.Name, Recipe: a.Apply(from))).ToArray();
        foreach (var (name, recipe) in all)
            RecipeValidator.Located($"arm '{name}'", () => RecipeValidator.Validate(recipe, catalog));
        var full = all.Select(a => (a.Name, Recipe: Effective(study, a.Name, a.Recipe, catalog, secondsPerStep))).ToArray();
        var labels = ArmLabels.Of(full);
        return [.. full.Select((a, i) => new ResolvedArm(labels[i], a.Recipe, all[i].Recipe.Origin?.Named ?? []))];
    }

    private static Arm With(Arm arm, GridAxis axis, JsonNode? value, IReadOnlyList<GridAxis> grid)
    {
        var last = axis.Path.Split('.')[^1];
        var key = grid.Count(g => g.Path.Split('.')[^1] == last) == 1 ? last : axis.Path;
        var text = string.Join(' ', RecipeTree.Leaves(value, "").Select(l => l.Value));
        return arm.Then($"{arm.Name} {key}={text}".Trim(), r => r.Changed(axis.Path, value));
    }

    private static Recipe Effective(Study study, string name, Recipe recipe, PluginCatalog catalog, Func<Recipe, double?>? secondsPerStep)
    {
        var pinned = PinnedPlugins.Pin(recipe, catalog).InFull(catalog) with { Origin = null, Check = null };
        pinned = pinned with { Training = pinned.Training with { Threads = study.Threads, Seed = study.Base.Training.Seed } };
        if (study.Budget is not { } budget)
            return pinned;
        var perStep = (double)pinned.Training.TokensPerStep;
        if (budget.Unit != BudgetUnit.Steps && pinned.Training.BatchSteps.Count > 0)
            throw new InputException($"arm '{name}': its batch grows (training.batch_steps), so a budget of {Word(budget.Unit)} gives no number of steps; "
                + "expected a budget in steps");
        var steps = budget.Unit switch
        {
            BudgetUnit.Steps => budget.Value,
            BudgetUnit.Tokens => budget.Value / perStep,
            BudgetUnit.Flops => budget.Value / (FlopsPerToken(pinned, catalog) * perStep),
            _ => secondsPerStep?.Invoke(pinned) is { } seconds ? budget.Value / seconds : pinned.Training.Steps,
        };
        if (steps < 0.5 || steps > 1e8)
            throw new InputException($"arm '{name}': a budget of {budget} is {steps:G3} steps of {perStep:#,0} tokens; expected from 1 to 100000000");
        return Recipe.FromTree((pinned with { Training = pinned.Training with { Steps = (int)Math.Max(1, Math.Round(steps)) } }).ToTree());
    }

    /// <summary>FLOPs of one training token, without Newton-Schulz.</summary>
    public static double FlopsPerToken(Recipe recipe, PluginCatalog catalog) => catalog.Cost(recipe).FlopsPerToken;

    private static string Word(BudgetUnit unit) => unit switch
    {
        BudgetUnit.Flops => "FLOPs",
        BudgetUnit.Seconds => "time",
        _ => unit.ToString().ToLowerInvariant(),
    };
}
