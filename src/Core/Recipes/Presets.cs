using System.Diagnostics.CodeAnalysis;

namespace MoELab.Recipes;

/// <summary>The recipes that ship with MoELab: <see cref="TrinityPresets"/> to read and cost, <see cref="LabPresets"/> to train on a CPU.</summary>
public static class Presets
{
    private static readonly SortedDictionary<string, Func<Recipe>> All = new(StringComparer.Ordinal)
    {
        ["lab-256"] = LabPresets.ManyExperts,
        ["lab-small"] = LabPresets.Small,
        ["lab-tiny"] = LabPresets.Tiny,
        ["trinity-1t"] = TrinityPresets.OneTrillion,
        ["trinity-large"] = TrinityPresets.Large,
        ["trinity-mini"] = TrinityPresets.Mini,
        ["trinity-nano"] = TrinityPresets.Nano,
    };

    /// <summary>Names in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>A preset by name, or <c>depth-N</c>: one of a ladder of sizes with N layers, N even.</summary>
    /// <exception cref="InputException">A depth that is odd or out of range.</exception>
    public static bool TryGet(string name, [NotNullWhen(true)] out Recipe? recipe)
    {
        recipe = All.TryGetValue(name, out var make) ? make() : DepthPreset.Find(name);
        return recipe is not null;
    }
}
