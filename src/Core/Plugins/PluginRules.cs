using System.Reflection;
using System.Text.RegularExpressions;
using MoELab.Data;
using MoELab.Experts;
using MoELab.Optimization;
using MoELab.Recipes;
using MoELab.Routing;
using MoELab.Training;

namespace MoELab.Plugins;

/// <summary>What a class must look like to be a plugin; checked once, when it is registered.</summary>
internal static partial class PluginRules
{
    private static readonly (Type Contract, PluginKind Kind)[] Contracts =
    [
        (typeof(IRouter), PluginKind.Router),
        (typeof(IBalancer), PluginKind.Balancer),
        (typeof(IAuxiliaryLoss), PluginKind.AuxiliaryLoss),
        (typeof(IOptimizer), PluginKind.Optimizer),
        (typeof(IExpertKernel), PluginKind.ExpertKernel),
        (typeof(ICorpusReader), PluginKind.CorpusReader),
        (typeof(IMetricSource), PluginKind.Metric),
    ];

    /// <summary>The kind that a contract stands for.</summary>
    public static PluginKind KindOf(Type contract) => Contracts.First(c => c.Contract == contract).Kind;

    /// <summary>How messages call a kind: <c>auxiliary loss</c>.</summary>
    public static string Word(PluginKind kind) => Names.Snake(kind.ToString()).Replace('_', ' ');

    /// <summary>A plugin's options from a recipe's choice; null when it takes none.</summary>
    /// <exception cref="RecipeException">An unknown option, a value that does not fit, or options for a plugin that takes none.</exception>
    public static object? Bind(PluginInfo info, PluginChoice choice, string path) => info.OptionsType is not null
        ? OptionsBinder.Bind(info.OptionsType, choice.Options, path, info.Name)
        : choice.Options.Count == 0 ? null
        : throw NoOptions(choice with { Name = info.Name }, path);

    /// <summary>The refusal of options by a plugin that has none.</summary>
    public static RecipeException NoOptions(PluginChoice choice, string path) =>
        new($"{OptionsBinder.Join(path, choice.Options.First().Key)}: '{choice.Name}' takes no options");

    /// <summary>Every usable plugin of an assembly; a class that breaks a rule becomes a sentence in <paramref name="problems"/>.</summary>
    public static IReadOnlyList<PluginInfo> Inspect(Assembly assembly, string source, string hash, ICollection<string> problems)
    {
        var plugins = new Dictionary<(PluginKind, string), PluginInfo>();
        foreach (var type in assembly.GetExportedTypes().Where(t => t.IsDefined(typeof(PluginAttribute), inherit: false)))
        {
            try
            {
                var info = Inspect(type, source, hash);
                if (!plugins.TryAdd((info.Kind, info.Name), info))
                    throw new RecipeException($"{type.Name}: the {Word(info.Kind)} '{info.Name}' is already {plugins[(info.Kind, info.Name)].Type.Name} in the same assembly; expected one class per name");
            }
            catch (RecipeException e)
            {
                problems.Add($"{source}: {e.Message}");
            }
        }
        return [.. plugins.Values];
    }

    /// <summary>One class as a plugin.</summary>
    /// <exception cref="RecipeException">The first rule that it breaks.</exception>
    public static PluginInfo Inspect(Type type, string source, string hash)
    {
        var mark = type.GetCustomAttribute<PluginAttribute>()
            ?? throw new RecipeException($"{type.Name}: no [Plugin] attribute; expected [Plugin(\"name\", \"summary\")]");
        if (!KebabCase().IsMatch(mark.Name))
            throw new RecipeException($"{type.Name}: '{mark.Name}' is no plugin name; expected kebab-case, such as 'sign-bias'");
        if (mark.Name == RecipeEdit.ResetKey)
            throw new RecipeException($"{type.Name}: 'reset' drops a plugin's options in a recipe; expected another name");
        if (type.IsAbstract || type.ContainsGenericParameters)
            throw new RecipeException($"{type.Name}: abstract or generic; expected a class that can be created");
        var kinds = Contracts.Where(c => c.Contract.IsAssignableFrom(type)).ToArray();
        if (kinds.Length != 1)
            throw new RecipeException($"{type.Name}: implements {(kinds.Length == 0 ? "none" : $"{kinds.Length}")} of {string.Join(", ", Contracts.Select(c => c.Contract.Name))}; expected one");
        return new PluginInfo(mark.Name, kinds[0].Kind, mark.Summary, type, OptionsOf(type), source, hash);
    }

    private static Type? OptionsOf(Type type)
    {
        var constructors = type.GetConstructors();
        if (constructors.Length != 1 || constructors[0].GetParameters().Length > 1)
            throw new RecipeException($"{type.Name}: {(constructors.Length == 1 ? $"its constructor takes {constructors[0].GetParameters().Length} parameters" : $"{constructors.Length} public constructors")}; expected one public constructor that takes nothing or one options record");
        var options = constructors[0].GetParameters().FirstOrDefault()?.ParameterType;
        if (options is null)
            return null;
        if (options.IsAbstract || !options.IsClass || options == typeof(string) || options.GetConstructor(Type.EmptyTypes) is null)
            throw new RecipeException($"{type.Name}: its constructor takes {options.Name}; expected a record with init properties and a parameterless constructor");
        foreach (var property in OptionsBinder.Properties(options))
        {
            var key = OptionsBinder.Key(property);
            if (key == "name")
                throw new RecipeException($"{options.Name}.{property.Name}: 'name' is the plugin's own name in a recipe; expected another word");
            if (key == RecipeEdit.ResetKey)
                throw new RecipeException($"{options.Name}.{property.Name}: 'reset' drops a plugin's options in a recipe; expected another word");
            if (!FlatOptions.Supports(property))
                throw new RecipeException($"{options.Name}.{property.Name}: an option cannot be a {property.PropertyType.Name}; expected a number, a truth value, a word, an enum, or a list of these");
        }
        try
        {
            OptionsBinder.Validate(Activator.CreateInstance(options)!, "");
        }
        catch (TargetInvocationException e)
        {
            throw new RecipeException($"{options.Name}: its constructor fails; {e.InnerException!.Message}", e);
        }
        catch (RecipeException e)
        {
            throw new RecipeException($"{options.Name}: the default does not keep its own rule: {e.Message}", e);
        }
        return options;
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase();
}
