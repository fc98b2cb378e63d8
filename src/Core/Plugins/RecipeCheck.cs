using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Plugins;

/// <summary>
/// Changes of recipes against the plugins at hand. A plugin that is not at hand and was there before keeps its options unchecked: whoever
/// made the recipe may know it.
/// </summary>
/// <param name="catalog">The plugins at hand.</param>
/// <param name="elsewhere">Whether a plugin that is not at hand is known where the recipe is used; null: none is.</param>
internal sealed class RecipeCheck(PluginCatalog catalog, Func<string, bool>? elsewhere = null) : IRecipeCheck
{
    /// <inheritdoc/>
    public void Changed(Recipe before, Recipe after)
    {
        Moved(PluginKind.Router, before.Router, after.Router, "router");
        Moved(PluginKind.Balancer, before.Balancer, after.Balancer, "balancer");
        Moved(PluginKind.ExpertKernel, before.Kernel, after.Kernel, "kernel");
        foreach (var (name, options) in after.Losses)
            Moved(PluginKind.AuxiliaryLoss, Choice(before.Losses, name), new PluginChoice(name, options), $"losses.{name}");
        foreach (var (role, name) in after.Optimizer.Groups)
            if (before.Optimizer.Groups.GetValueOrDefault(role) != name && !Elsewhere(PluginKind.Optimizer, name))
                RecipeValidator.Located($"optimizer.groups.{role}", () => catalog.Find(PluginKind.Optimizer, name));
        foreach (var (name, options) in after.Optimizer.Options)
            Moved(PluginKind.Optimizer, Choice(before.Optimizer.Options, name), new PluginChoice(name, options), $"optimizer.{name}");
        if (!before.Alerts.SequenceEqual(after.Alerts))
            RecipeValidator.CheckAlerts(after);
        if (!JsonNode.DeepEquals(before.ToTree()["schedule"], after.ToTree()["schedule"]))
            RecipeValidator.CheckSchedule(after, catalog);
    }

    /// <inheritdoc/>
    public void Balancer(PluginChoice choice)
    {
        var options = (JsonObject)choice.Options.DeepClone();
        options.Remove(RecipeEdit.ResetKey);
        RecipeValidator.Check(catalog, PluginKind.Balancer, choice with { Options = options }, "balancer");
    }

    private static PluginChoice? Choice(IReadOnlyDictionary<string, JsonObject> section, string name) =>
        section.TryGetValue(name, out var options) ? new PluginChoice(name, options) : null;

    private void Moved(PluginKind kind, PluginChoice? before, PluginChoice after, string path)
    {
        if (!after.Equals(before) && !(after.Name == before?.Name && !IsHere(kind, after.Name)) && !Elsewhere(kind, after.Name))
            RecipeValidator.Check(catalog, kind, after, path);
    }

    private bool Elsewhere(PluginKind kind, string name) => elsewhere is not null && !IsHere(kind, name) && elsewhere(name);

    private bool IsHere(PluginKind kind, string name) =>
        RecipeValidator.IsAuto(kind, name) || catalog.Versions.Any(p => p.Kind == kind && (p.Name == name || p.Id == name));
}
