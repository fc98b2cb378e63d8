using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoELab.Recipes;

/// <summary>Operations on a recipe as data: bind, set a path, compare.</summary>
public static class RecipeTree
{
    /// <summary>Builds a recipe: checks keys and ranges section by section, then the rules between fields.</summary>
    /// <exception cref="RecipeException">The first thing that does not fit.</exception>
    public static Recipe Bind(JsonObject tree)
    {
        CheckShapes(tree);
        foreach (var (section, type) in new[] { ("model", typeof(ModelRecipe)), ("data", typeof(DataRecipe)), ("training", typeof(TrainingRecipe)) })
        {
            if (tree.ContainsKey(section))
                OptionsBinder.Bind(type, Shape.Map(tree[section], section, "keys and values"), section);
        }
        var recipe = (Recipe)OptionsBinder.Bind(typeof(Recipe), tree, "");
        RecipeRules.Check(recipe);
        return recipe;
    }

    /// <summary>Splits <c>a.b=c</c>; the value is read as YAML would read it.</summary>
    /// <exception cref="RecipeException">No equals sign, or no path.</exception>
    public static (string Path, JsonNode? Value) ParseAssignment(string assignment)
    {
        var at = assignment.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0)
            throw new RecipeException($"'{assignment}' is no assignment; expected path=value, such as balancer.kappa=3");
        return (assignment[..at].Trim(), RecipeYaml.ParseValue(assignment[(at + 1)..].Trim()));
    }

    /// <summary>
    /// A copy of the tree with one path changed. A word or map set on a plugin (<c>balancer=none</c>, <c>balancer={name: smebu, kappa: 3}</c>)
    /// keeps the options of a plugin that stays and drops those of another; <c>reset: true</c> in the map, or <c>balancer.reset=true</c>,
    /// drops them of one that stays. Losses and optimizers are treated alike, each by its name. Null takes a loss or an option away.
    /// </summary>
    /// <exception cref="RecipeException">The path leads through a value that has no keys.</exception>
    public static JsonObject Set(JsonObject tree, string path, JsonNode? value) => RecipeEdit.Set(tree, path.Split('.'), value);

    /// <summary>A recipe with <c>a.b=c</c> assignments applied in order and checked once, so that values may depend on each other.</summary>
    /// <exception cref="RecipeException">An assignment that cannot be read, or a recipe that does not fit after all of them.</exception>
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
        _ => [(path, node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node?.ToJsonString() ?? "null")],
    };

    // The parts whose form the records alone would not explain.
    private static void CheckShapes(JsonObject tree)
    {
        foreach (var section in RecipeEdit.PluginNodes.Where(tree.ContainsKey))
            Shape.Plugin(tree[section], section);
        foreach (var (name, options) in Section(tree, "losses", "losses by name"))
            Shape.Map(options, $"losses.{name}", "the loss's options, such as { weight: 0.001 }");
        foreach (var (i, rule) in Items(tree, "alerts", "alerts", "a list of rules"))
            Shape.Word(rule, $"alerts[{i}]", "a rule such as 'MaxVio > 2 for 50 steps'");
        foreach (var (i, change) in Items(tree, "schedule", "schedule", "a list of changes"))
        {
            var keys = Shape.Map(change, $"schedule[{i}]", "a step and what to set");
            CheckExtents(keys, $"schedule[{i}]", "step");
            OptionsBinder.Bind(typeof(ScheduledChange), keys, $"schedule[{i}]");
        }
        if (tree["data"] is JsonObject data)
        {
            foreach (var (name, path) in Section(data, "sources", "names with a path each", "data."))
                Shape.Word(path, $"data.sources.{name}", "a path or glob");
            foreach (var (i, phase) in Items(data, "phases", "data.phases", "a list of phases"))
            {
                var where = $"data.phases[{i}]";
                var keys = Shape.Map(phase, where, "a share and weights");
                foreach (var (domain, weight) in Section(keys, "weights", "domains with a weight each", where + "."))
                    Shape.Number(weight, $"{where}.weights.{domain}", "a number");
                CheckExtents(keys, where, "length");
                OptionsBinder.Bind(typeof(PhaseRecipe), keys, where);
            }
        }
        if (tree["training"] is JsonObject training)
        {
            CheckExtents(training, "training", "warmup", "decay", "eval_every", "checkpoint_every");
            foreach (var (step, tokens) in Section(training, "batch_steps", "steps with their tokens_per_step", "training."))
                Shape.Number(tokens, $"training.batch_steps.{step}", "a whole number of tokens");
        }
    }

    private static void CheckExtents(JsonObject keys, string where, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (keys.TryGetPropertyValue(name, out var value))
                Extent.Check(value, $"{where}.{name}");
    }

    private static JsonObject Section(JsonObject tree, string key, string expected, string path = "") =>
        tree.ContainsKey(key) ? Shape.Map(tree[key], path + key, expected) : [];

    private static IEnumerable<(int Index, JsonNode? Item)> Items(JsonObject tree, string key, string where, string expected) =>
        tree.ContainsKey(key) ? Shape.List(tree[key], where, expected).Index() : [];
}
