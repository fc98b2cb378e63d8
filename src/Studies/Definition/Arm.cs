using MoELab.Plugins;

namespace MoELab.Studies.Definition;

/// <summary>
/// An arm of a study: a name and what it changes in the study's recipe. A balancer's name, a balancer with options and a whole recipe
/// convert to one.
/// </summary>
public sealed record Arm
{
    private readonly Func<Recipe, Recipe> _apply;

    private Arm(string name, Func<Recipe, Recipe> apply) => (Name, _apply) = (name, apply);

    /// <summary>The name in tables, statements and names of runs.</summary>
    public string Name { get; }

    /// <summary>
    /// A balancer with options from an anonymous object, a record or a dictionary. If the study's recipe has the same balancer, options that
    /// are not named keep that recipe's values; <c>reset = true</c> among them uses the balancer's defaults instead.
    /// </summary>
    /// <exception cref="InputException">In a notebook cell: no such balancer or option, or an invalid value. Elsewhere, the study throws.</exception>
    public static Arm Of(string balancer, object options)
    {
        IRecipeCheck.Ambient.Value?.Balancer(PluginChoice.Of(balancer, options));
        return new(balancer, r => r.With("balancer", balancer, options));
    }

    /// <summary>An arm by assignments: <c>Arm.Set("no mask", "model.intra_document_mask=false")</c>. Without any, the study's recipe as it is.</summary>
    /// <param name="name">The arm's name.</param>
    /// <param name="assignments">Changes such as <c>balancer.kappa=3</c>, applied in order and checked once.</param>
    public static Arm Set(string name, params string[] assignments) => new(name, r => RecipeValidator.Located($"arm '{name}'", () => RecipeTree.WithAll(r, assignments)));

    /// <summary>A recipe that is trained in place of the study's, under a name of its own.</summary>
    public static Arm Of(string name, Recipe recipe) => new(name, _ => recipe);

    /// <summary>A balancer with the options that the study's recipe gives it, or with its defaults if that recipe has another balancer.</summary>
    public static implicit operator Arm(string balancer)
    {
        IRecipeCheck.Ambient.Value?.Balancer(new PluginChoice(balancer));
        return new(balancer, r => r.With("balancer", balancer));
    }

    /// <summary>A balancer with options, as <see cref="Of(string, object)"/> takes them.</summary>
    public static implicit operator Arm((string Balancer, object Options) choice) => Of(choice.Balancer, choice.Options);

    /// <summary>A recipe that is trained in place of the study's.</summary>
    public static implicit operator Arm(Recipe recipe) => new(recipe.Name, _ => recipe);

    /// <summary>An arm of a study file: its keys and values, laid over the study's recipe.</summary>
    internal static Arm From(string name, JsonObject changes, Func<string, Recipe> named) => new(name, r => RecipeValidator.Located($"arm '{name}'", () =>
    {
        var tree = (JsonObject)changes.DeepClone();
        var from = tree.ContainsKey("recipe") ? named : _ => r;
        if (!tree.ContainsKey("recipe"))
            tree["recipe"] = "base";
        return RecipeYaml.Merge(tree, from);
    }));

    internal Arm Then(string name, Func<Recipe, Recipe> change) => new(name, r => RecipeValidator.Located($"arm '{name}'", () => change(Apply(r))));

    internal Recipe Apply(Recipe recipe) => _apply(recipe);
}
