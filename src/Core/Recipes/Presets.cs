using System.Diagnostics.CodeAnalysis;

namespace MoELab.Recipes;

/// <summary>The recipes that ship with MoELab.</summary>
public static class Presets
{
    private static readonly SortedDictionary<string, Func<Recipe>> All = new(StringComparer.Ordinal)
    {
        ["lab-tiny"] = () => new Recipe { Name = "lab-tiny" },
    };

    /// <summary>Names in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>A preset by name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out Recipe? recipe)
    {
        recipe = All.TryGetValue(name, out var make) ? make() : null;
        return recipe is not null;
    }
}
