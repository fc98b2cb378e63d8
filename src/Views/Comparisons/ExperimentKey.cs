namespace MoELab.Views.Comparisons;

/// <summary>What an experiment is apart from chance: runs of the same key differ in nothing but their names and seeds.</summary>
internal static class ExperimentKey
{
    public static string Of(Recipe recipe) => (recipe with { Name = "", Training = recipe.Training with { Seed = 0 } }).Hash();
}
