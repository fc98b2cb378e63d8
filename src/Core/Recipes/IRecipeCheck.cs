namespace MoELab.Recipes;

/// <summary>Refuses a change of a recipe where it is written. Recipes know no plugins, so a lab puts in what it knows of them.</summary>
internal interface IRecipeCheck
{
    /// <summary>What judges recipes that came from no lab, in one flow of execution: the notebook's lab while a cell runs; null elsewhere.</summary>
    static AsyncLocal<IRecipeCheck?> Ambient { get; } = new();

    /// <summary>Checks what a change has moved, and nothing else: a recipe is often written in several steps.</summary>
    /// <exception cref="InputException">An unknown plugin or option, a value that does not fit, or a rule that cannot be read.</exception>
    void Changed(Recipe before, Recipe after);

    /// <summary>Checks a balancer with options, <c>reset</c> among them or not.</summary>
    /// <exception cref="InputException">An unknown plugin or option, or a value that does not fit.</exception>
    void Balancer(PluginChoice choice);
}
