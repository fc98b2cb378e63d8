using System.Text.Json;

namespace MoELab.Recipes;

/// <summary>Operations on a recipe as data: bind, set a path, compare.</summary>
public static class RecipeTree
{
    /// <summary>Builds a recipe: keys, types and ranges, then the rules between fields.</summary>
    /// <exception cref="InputException">The first thing that is not valid.</exception>
    public static Recipe Bind(JsonObject tree)
    {
        var recipe = (Recipe)OptionsBinder.Bind(typeof(Recipe), tree, "");
        RecipeRules.Check(recipe);
        return recipe;
    }

    /// <summary>Splits <c>a.b=c</c>; the value is read as YAML would read it.</summary>
    /// <exception cref="InputException">No equals sign, or no path.</exception>
    public static (string Path, JsonNode? Value) ParseAssignment(string assignment)
    {
        var at = assignment.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            throw new InputException($"'{assignment}' is not an assignment; expected path=value, such as balancer.kappa=3");
        return (assignment[..at].Trim(), RecipeYaml.ParseValue(assignment[(at + 1)..].Trim()));
    }

    /// <summary>
    /// A copy of the tree with one path changed. A name or map set on a plugin (<c>balancer=none</c>, <c>balancer={name: smebu, kappa: 3}</c>)
    /// keeps the options of a plugin that stays and drops those of another; <c>reset: true</c> in the map, or <c>balancer.reset=true</c>,
    /// drops them of one that stays. Losses and optimizers are treated alike, each by its name. Null removes a loss or an option.
    /// </summary>
    /// <exception cref="InputException">The path leads through a value that has no keys.</exception>
    public static JsonObject Set(JsonObject tree, string path, JsonNode? value) => RecipeEdit.Set(tree, path.Split('.'), value);

    /// <summary>A recipe with <c>a.b=c</c> assignments applied in order and checked once, so that values may depend on each other.</summary>
    /// <exception cref="InputException">An assignment that cannot be read, or a recipe that is not valid after all of them.</exception>
    public static Recipe WithAll(Recipe recipe, IEnumerable<string> assignments)
    {
        var tree = recipe.ToTree();
        var origin = recipe.Origin ?? new RecipeOrigin(recipe, []);
        foreach (var assignment in assignments)
        {
            var (path, value) = ParseAssignment(assignment);
            tree = Set(tree, path, value);
            origin = origin.Then(path, value);
        }
        return Bind(tree) with { Origin = origin };
    }

    /// <summary>Every leaf that differs, by path.</summary>
    public static IReadOnlyList<RecipeDifference> Diff(JsonNode left, JsonNode right)
    {
        var a = Leaves(left, "").ToDictionary(l => l.Path, l => l.Value);
        var b = Leaves(right, "").ToDictionary(l => l.Path, l => l.Value);
        return [.. a.Keys.Union(b.Keys).Order(StringComparer.Ordinal)
            .Select(p => new RecipeDifference(p, a.GetValueOrDefault(p), b.GetValueOrDefault(p)))
            .Where(d => d.Left != d.Right)];
    }

    /// <summary>Every leaf: dotted path and value as text.</summary>
    public static IEnumerable<(string Path, string Value)> Leaves(JsonNode? node, string path) => node switch
    {
        JsonObject o => o.SelectMany(p => Leaves(p.Value, OptionsBinder.Join(path, p.Key))),
        JsonArray a when a.Any(x => x is JsonObject) => a.SelectMany((x, i) => Leaves(x, $"{path}[{i}]")),
        _ => [(path, node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : Shape.Quote(node))],
    };
}
