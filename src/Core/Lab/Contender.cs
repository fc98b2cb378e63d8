using MoELab.Recipes;

namespace MoELab;

/// <summary>Who races: a balancer by name, one with options, or a recipe of its own.</summary>
public sealed record Contender
{
    private readonly Func<Recipe, Recipe> _apply;

    private Contender(string name, Func<Recipe, Recipe> apply) => (Name, _apply) = (name, apply);

    /// <summary>What tables and runs call it.</summary>
    public string Name { get; }

    /// <summary>
    /// A balancer with options from an anonymous object, a record or a dictionary. Where the race's recipe has the same balancer, options that
    /// are not named stay as they are there; <c>reset = true</c> among them takes the balancer's defaults instead.
    /// </summary>
    /// <exception cref="RecipeException">In a notebook's cell: no such balancer or option, or a value that does not fit; elsewhere the
    /// race says it.</exception>
    public static Contender Of(string balancer, object options)
    {
        IRecipeCheck.Ambient.Value?.Balancer(PluginChoice.Of(balancer, options));
        return new(balancer, r => r.With("balancer", balancer, options));
    }

    /// <summary>A balancer with the options that the race's recipe gives it, or, where that has another, with its defaults.</summary>
    public static implicit operator Contender(string balancer)
    {
        IRecipeCheck.Ambient.Value?.Balancer(new PluginChoice(balancer));
        return new(balancer, r => r.With("balancer", balancer));
    }

    /// <summary>A balancer with options, as <see cref="Of"/> takes them.</summary>
    public static implicit operator Contender((string Balancer, object Options) choice) => Of(choice.Balancer, choice.Options);

    /// <summary>A recipe that runs in place of the race's.</summary>
    public static implicit operator Contender(Recipe recipe) => new(recipe.Name, _ => recipe);

    internal Recipe Apply(Recipe recipe) => _apply(recipe);
}
