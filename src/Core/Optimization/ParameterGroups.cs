using System.IO.Enumeration;

namespace MoELab.Optimization;

/// <summary>Assigns parameters to optimizers.</summary>
public static class ParameterGroups
{
    /// <summary>Parameters by optimizer name, in the model's order.</summary>
    /// <exception cref="InputException">A pattern matches no parameter, or two patterns match the same one.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<Parameter>> Assign(IReadOnlyList<Parameter> parameters, OptimizerRecipe recipe)
    {
        var patterns = recipe.Groups.Keys.Where(OptimizerRecipe.IsPattern).ToArray();
        if (Array.Find(patterns, pattern => !parameters.Any(p => Matches(pattern, p))) is { } idle)
            throw new InputException($"optimizer.groups.{idle}: no parameter has such a name; "
                + $"expected a pattern of names such as '{parameters[parameters.Count / 2].Name}'");
        return parameters.GroupBy(p => recipe.Groups[Key(p, patterns)])
            .ToDictionary(g => g.Key, g => (IReadOnlyList<Parameter>)[.. g], StringComparer.Ordinal);
    }

    private static string Key(Parameter parameter, IReadOnlyList<string> patterns) =>
        patterns.Where(pattern => Matches(pattern, parameter)).ToArray() switch
        {
            [] => Names.Snake(parameter.Role.ToString()),
            [var one] => one,
            [var one, var two, ..] => throw new InputException(
                $"optimizer.groups: '{one}' and '{two}' both match {parameter.Name}; expected patterns that do not overlap"),
        };

    private static bool Matches(string pattern, Parameter parameter) =>
        FileSystemName.MatchesSimpleExpression(pattern, parameter.Name, ignoreCase: false);
}
