using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Plugins;

/// <summary>A recipe with every option of its plugins, also those that keep the plugin's default.</summary>
public static class RecipeInFull
{
    /// <summary>
    /// The recipe with the defaults of its router, balancer, kernel, losses and optimizers written out; a plugin that is not at hand stays as it is.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="catalog">Plugins.</param>
    public static Recipe InFull(this Recipe recipe, PluginCatalog catalog)
    {
        PluginChoice Fill(PluginKind kind, PluginChoice choice)
        {
            if (catalog.Versions.FirstOrDefault(p => p.Kind == kind && (p.Name == choice.Name || p.Id == choice.Name))?.OptionsType is not { } type)
                return choice;
            // By the binder, which keeps no type of a plugin alive that is to unload.
            var defaults = OptionsBinder.ToData(Activator.CreateInstance(type)!);
            var options = new JsonObject();
            foreach (var option in OptionsBinder.Schema(type))
                options[option.Name] = (choice.Options.TryGetPropertyValue(option.Name, out var set) ? set : defaults[option.Name])?.DeepClone();
            foreach (var (key, value) in choice.Options.Where(o => !options.ContainsKey(o.Key)))
                options[key] = value?.DeepClone();
            return choice with { Options = options };
        }

        return recipe with
        {
            Router = Fill(PluginKind.Router, recipe.Router),
            Balancer = Fill(PluginKind.Balancer, recipe.Balancer),
            Kernel = Fill(PluginKind.ExpertKernel, recipe.Kernel),
            Losses = recipe.Losses.ToDictionary(l => l.Key, l => Fill(PluginKind.AuxiliaryLoss, new PluginChoice(l.Key, l.Value)).Options),
            Optimizer = recipe.Optimizer with
            {
                Options = recipe.Optimizer.Choices.ToDictionary(c => c.Name,
                c => Fill(PluginKind.Optimizer, c).Options)
            },
        };
    }
}
