namespace MoELab.Recipes;

/// <summary>Refuses a change of a recipe where it is written. Recipes know no plugins, so a lab puts in what it knows of them.</summary>
internal interface IRecipeCheck
{
    /// <summary>What judges recipes that came from no lab, in one flow of execution: the notebook's lab while a cell runs; null elsewhere.</summary>
    static AsyncLocal<IRecipeCheck?> Ambient { get; } = new();

    /// <summary>Checks what a change has moved, and nothing else: a recipe is often written in several steps.</summary>
    void Changed(Recipe before, Recipe after);

    /// <summary>Checks a balancer with options, <c>reset</c> among them or not.</summary>
    void Balancer(PluginChoice choice);
}
