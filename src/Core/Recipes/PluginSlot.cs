namespace MoELab.Recipes;

/// <summary>A section of a recipe that names plugins; whatever needs all of them goes through <see cref="All"/>.</summary>
internal sealed class PluginSlot(string key, bool isSingle, Func<Recipe, IReadOnlyList<PluginChoice>> get,
    Func<Recipe, IReadOnlyList<(string Before, PluginChoice After)>, Recipe> set)
{
    /// <summary>The name that asks for the fastest kernel.</summary>
    public const string Auto = "auto";

    /// <summary>How tokens choose experts.</summary>
    public static PluginSlot Router { get; } = Single("router", r => r.Router, (r, choice) => r with { Router = choice });

    /// <summary>How the expert bias moves.</summary>
    public static PluginSlot Balancer { get; } = Single("balancer", r => r.Balancer, (r, choice) => r with { Balancer = choice });

    public static PluginSlot Kernel { get; } = Single("kernel", r => r.Kernel, (r, choice) => r with { Kernel = choice });

    /// <summary>Auxiliary losses, each with its options under its name.</summary>
    public static PluginSlot Losses { get; } = new("losses", false,
        r => [.. r.Losses.Select(l => new PluginChoice(l.Key, l.Value))],
        (r, all) => r with { Losses = all.ToDictionary(c => c.After.Name, c => c.After.Options) });

    /// <summary>Optimizers: those that move parameters, then those that only have options.</summary>
    public static PluginSlot Optimizer { get; } = new("optimizer", false,
        r => [.. r.Optimizer.Choices.UnionBy(r.Optimizer.Options.Select(o => new PluginChoice(o.Key, o.Value)), c => c.Name)],
        (r, all) => r with
        {
            Optimizer = new OptimizerRecipe(
                r.Optimizer.Groups.ToDictionary(g => g.Key, g => all.First(c => c.Before == g.Value).After.Name),
                all.Where(c => c.After.Options.Count > 0 || r.Optimizer.Options.ContainsKey(c.Before))
                    .ToDictionary(c => c.After.Name, c => c.After.Options)),
        });

    public static IReadOnlyList<PluginSlot> All { get; } = [Router, Balancer, Kernel, Losses, Optimizer];

    public static IEnumerable<PluginSlot> Singles => All.Where(s => s.IsSingle);

    public string Key => key;

    /// <summary>Whether it has one plugin, its name and options side by side, rather than several with their options by name.</summary>
    public bool IsSingle => isSingle;

    /// <summary>The slot at a key; null where the key names no plugins.</summary>
    public static PluginSlot? Find(string key) => All.FirstOrDefault(s => s.Key == key);

    public static bool IsSingleAt(string key) => Find(key) is { IsSingle: true };

    /// <summary>The plugin that a recipe names at the key of a section with one plugin; else null.</summary>
    public static string? NameAt(Recipe recipe, string key) => Find(key) is { IsSingle: true } slot ? slot.Of(recipe)[0].Name : null;

    public IReadOnlyList<PluginChoice> Of(Recipe recipe) => get(recipe);

    /// <summary>The recipe with <paramref name="change"/> applied to each plugin that it names here.</summary>
    public Recipe Map(Recipe recipe, Func<PluginChoice, PluginChoice> change) => set(recipe, [.. get(recipe).Select(c => (c.Name, change(c)))]);

    /// <summary>The path of a plugin's options in a recipe: <c>balancer</c>, <c>losses.switch</c>.</summary>
    public string PathOf(string plugin) => IsSingle ? Key : $"{Key}.{plugin}";

    /// <summary>Whether a name asks for the fastest kernel, which is no plugin.</summary>
    public bool IsAuto(string name) => this == Kernel && name == Auto;

    private static PluginSlot Single(string key, Func<Recipe, PluginChoice> one, Func<Recipe, PluginChoice, Recipe> with) =>
        new(key, true, r => [one(r)], (r, all) => with(r, all[0].After));
}
