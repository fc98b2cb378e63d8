namespace MoELab.Cli;

/// <summary>Options shared by several commands.</summary>
internal static class CliOptions
{
    /// <summary>An option, with the name of its value in the help.</summary>
    public static Option<T> Of<T>(string name, string description, string? helpName = null, bool required = false) =>
        new(name) { Description = description, HelpName = helpName, Required = required };

    /// <summary>An option with a default.</summary>
    public static Option<T> WithDefault<T>(string name, string description, T value, string? helpName = null) =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => value };

    /// <summary>An option whose value is one of an enumeration's names in lower case, as <see cref="ChoiceOf{T}"/> reads it.</summary>
    public static Option<string> Choice<T>(string name, string description, T value)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToArray();
        var option = new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => value.ToString().ToLowerInvariant(),
        };
        option.CompletionSources.Add(names);
        option.Validators.Add(given =>
        {
            if (given.Tokens is [var one] && !names.Contains(one.Value.ToLowerInvariant()))
                given.AddError($"{name}: '{one.Value}' is unknown; expected {string.Join(", ", names[..^1])} or {names[^1]}");
        });
        return option;
    }

    /// <summary>The value of a <see cref="Choice{T}"/>.</summary>
    public static T ChoiceOf<T>(this ParseResult parsed, Option<string> option)
        where T : struct, Enum => Enum.Parse<T>(parsed.GetValue(option)!, ignoreCase: true);

    public static Command WithAction(this Command command, Action<ParseResult> action)
    {
        command.SetAction(action);
        return command;
    }

    /// <summary>The command with an action that returns the exit code.</summary>
    public static Command WithAction(this Command command, Func<ParseResult, int> action)
    {
        command.SetAction(action);
        return command;
    }

    /// <summary>An argument that need not occur exactly once.</summary>
    public static Argument<T> Argument<T>(string name, string description, ArgumentArity arity) =>
        new(name) { Description = description, Arity = arity };

    public static Option<bool> Json() => new("--json") { Description = "one JSON document on standard output, everything else on standard error" };

    public static Option<bool> Force() => new("--force") { Description = "replace files that exist" };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "change a value: path=value, such as balancer.kappa=3; may be repeated",
        HelpName = "path=value",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    /// <summary>An argument with a default.</summary>
    public static Argument<T> ArgumentWithDefault<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    public static Argument<string> Recipe(string name = "RECIPE") => new(name) { Description = "a preset's name or a YAML file" };

    /// <summary>A recipe with its <c>--set</c> assignments, applied in order and validated against the plugins.</summary>
    public static Recipe Load(CliContext context, string nameOrPath, IEnumerable<string> assignments) =>
        Load(context, nameOrPath, assignments, out _);

    /// <summary>The same, with the recipe's plugins.</summary>
    public static Recipe Load(CliContext context, string nameOrPath, IEnumerable<string> assignments, out BoundRecipe bound)
    {
        var recipe = RecipeTree.WithAll(Recipes.Recipe.Load(nameOrPath), assignments);
        bound = BoundRecipe.Of(recipe, context.Catalog);
        return recipe;
    }
}
