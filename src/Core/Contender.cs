namespace MoELab;

/// <summary>A contender in a race: a balancer by name, a balancer with options, or a whole recipe.</summary>
public sealed record Contender
{
    private readonly Func<Recipe, Recipe> _apply;

    private Contender(string name, Func<Recipe, Recipe> apply) => (Name, _apply) = (name, apply);

    /// <summary>The name that tables and runs use.</summary>
    public string Name { get; }

    /// <summary>
    /// A balancer with options from an anonymous object, a record or a dictionary. If the race's recipe has the same balancer, options that
    /// are not named keep that recipe's values; <c>reset = true</c> among them uses the balancer's defaults instead.
    /// </summary>
    /// <exception cref="InputException">In a notebook cell: no such balancer or option, or an invalid value. Elsewhere, the race throws.</exception>
    public static Contender Of(string balancer, object options)
    {
        IRecipeCheck.Ambient.Value?.Balancer(PluginChoice.Of(balancer, options));
        return new(balancer, r => r.With("balancer", balancer, options));
    }

    /// <summary>A balancer with the options that the race's recipe gives it, or with its defaults if that recipe has another balancer.</summary>
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
