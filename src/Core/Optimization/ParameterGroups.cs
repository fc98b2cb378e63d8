namespace MoELab.Optimization;

/// <summary>Assigns parameters to optimizers.</summary>
public static class ParameterGroups
{
    /// <summary>Parameters by optimizer name, in the model's order.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<Parameter>> Assign(IReadOnlyList<Parameter> parameters, OptimizerRecipe recipe) =>
        parameters.GroupBy(p => recipe.Groups[Names.Snake(p.Role.ToString())])
            .ToDictionary(g => g.Key, g => (IReadOnlyList<Parameter>)[.. g], StringComparer.Ordinal);
}
