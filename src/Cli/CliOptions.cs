using System.CommandLine;
using MoELab.Recipes;

namespace MoELab.Cli;

/// <summary>Options shared by several commands.</summary>
internal static class CliOptions
{
    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "one JSON document on standard output, everything else on standard error" };

    /// <summary><c>--set a.b=c</c>, any number of times.</summary>
    public static Option<string[]> Set() => new("--set")
    {
        Description = "change a value: path=value, such as balancer.kappa=3; may be repeated",
        HelpName = "path=value",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    /// <summary>RECIPE: a preset's name or a YAML file.</summary>
    public static Argument<string> Recipe(string name = "RECIPE") => new(name) { Description = "a preset's name or a YAML file" };

    /// <summary>A recipe with its <c>--set</c> assignments, applied in order and validated against the plugins.</summary>
    public static Recipe Load(CliContext context, string nameOrPath, IEnumerable<string> assignments)
    {
        var recipe = RecipeTree.WithAll(Recipes.Recipe.Load(nameOrPath), assignments);
        Plugins.RecipeValidator.Validate(recipe, context.Catalog);
        return recipe;
    }
}
