using System.Security.Cryptography;
using MoELab.Plugins;

namespace MoELab.Studies.Planning;

/// <summary>An arm with its effective recipe.</summary>
/// <param name="Name">The arm's name.</param>
/// <param name="Recipe">The recipe with every option of its plugins, the study's threads and the steps of its budget; the seed is the base's.</param>
/// <param name="Named">Recipe paths that the arm names.</param>
public sealed record ResolvedArm(string Name, Recipe Recipe, IReadOnlyList<string> Named)
{
    /// <summary>Hash of the recipe without its seed.</summary>
    public string Hash { get; } = HashOf(Recipe);

    /// <summary>Its name in names of folders.</summary>
    internal string FileName => new string([.. Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]).Trim('-', '.');

    internal static string HashOf(Recipe recipe) => (recipe with { Training = recipe.Training with { Seed = 0 } }).Hash();

    /// <summary>Hash over the plugins that the recipe names; over all kernels where it leaves the choice open.</summary>
    internal string Plugins(PluginCatalog catalog)
    {
        var ids = PluginSlot.All.SelectMany(slot => slot.Of(Recipe).SelectMany(c => slot.IsAuto(c.Name)
            ? catalog.All.Where(p => p.Kind == PluginRules.KindOf(slot)).Select(p => p.Id).Order(StringComparer.Ordinal)
            : Enumerable.Repeat($"{slot.Key} {catalog.Find(PluginRules.KindOf(slot), c.Name).Id}", 1)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', ids))))[..16];
    }
}
