using System.Reflection;
using System.Text.RegularExpressions;

namespace MoELab.Plugins;

/// <summary>The rules that a plugin class must follow; checked once, when it is registered.</summary>
internal static partial class PluginRules
{
    // The slot is the section of a recipe that names them; if it is null, every run uses all that are available.
    private static readonly (Type Contract, PluginKind Kind, PluginSlot? Slot)[] Contracts =
    [
        (typeof(IRouter), PluginKind.Router, PluginSlot.Router),
        (typeof(IBalancer), PluginKind.Balancer, PluginSlot.Balancer),
        (typeof(IAuxiliaryLoss), PluginKind.AuxiliaryLoss, PluginSlot.Losses),
        (typeof(IOptimizer), PluginKind.Optimizer, PluginSlot.Optimizer),
        (typeof(IExpertKernel), PluginKind.ExpertKernel, PluginSlot.Kernel),
        (typeof(ICorpusReader), PluginKind.CorpusReader, null),
        (typeof(IMetricSource), PluginKind.Metric, null),
    ];

    /// <summary>The kind of plugin for a contract.</summary>
    public static PluginKind KindOf(Type contract) => Contracts.First(c => c.Contract == contract).Kind;

    /// <summary>The kind of plugin that a section of a recipe names.</summary>
    public static PluginKind KindOf(PluginSlot slot) => Contracts.First(c => c.Slot == slot).Kind;

    /// <summary>The name of a kind in messages: <c>auxiliary loss</c>.</summary>
    public static string NameOf(PluginKind kind) => Names.Snake(kind.ToString()).Replace('_', ' ');

    /// <summary>A plugin's options from a recipe's choice; null if it takes none.</summary>
    /// <exception cref="InputException">An unknown option, an invalid value, or options for a plugin that takes none.</exception>
    public static object? Bind(PluginInfo info, PluginChoice choice, string path) => info.OptionsType is not null
        ? OptionsBinder.Bind(info.OptionsType, choice.Options, path, info.Name)
        : choice.Options.Count == 0 ? null
        : throw NoOptions(choice with { Name = info.Name }, path);

    /// <summary>The error for options given to a plugin that has none.</summary>
    public static InputException NoOptions(PluginChoice choice, string path) =>
        new($"{OptionsBinder.Join(path, choice.Options.First().Key)}: '{choice.Name}' takes no options");

    /// <summary>Every usable plugin of an assembly; a class that breaks a rule adds a sentence to <paramref name="problems"/>.</summary>
    public static IReadOnlyList<PluginInfo> Inspect(Assembly assembly, string source, string hash, ICollection<string> problems)
    {
        var plugins = new Dictionary<(PluginKind, string), PluginInfo>();
        foreach (var type in assembly.GetExportedTypes().Where(t => t.IsDefined(typeof(PluginAttribute), inherit: false)))
        {
            try
            {
                var info = Inspect(type, source, hash);
                if (!plugins.TryAdd((info.Kind, info.Name), info))
                    throw new InputException($"{type.Name}: the {NameOf(info.Kind)} '{info.Name}' is already defined by "
                        + $"{plugins[(info.Kind, info.Name)].Type.Name} in the same assembly; expected one class per name");
            }
            catch (InputException e)
            {
                problems.Add($"{source}: {e.Message}");
            }
        }
        return [.. plugins.Values];
    }

    /// <summary>Checks one class and describes it as a plugin.</summary>
    /// <exception cref="InputException">The first rule that it breaks.</exception>
    public static PluginInfo Inspect(Type type, string source, string hash)
    {
        var mark = type.GetCustomAttribute<PluginAttribute>() ?? throw new InputException($"{type.Name}: the [Plugin] attribute is missing; "
            + "expected [Plugin(\"name\", \"summary\")]");
        if (!KebabCase().IsMatch(mark.Name))
            throw new InputException($"{type.Name}: '{mark.Name}' is not a plugin name; expected kebab-case, such as 'sign-bias'");
        if (mark.Name == RecipeEdit.ResetKey)
            throw new InputException($"{type.Name}: 'reset' is reserved for resetting a plugin's options in a recipe; expected another name");
        if (type.IsAbstract || type.ContainsGenericParameters)
            throw new InputException($"{type.Name}: the class is abstract or generic; expected a class that can be created");
        var kinds = Contracts.Where(c => c.Contract.IsAssignableFrom(type)).ToArray();
        if (kinds.Length != 1)
            throw new InputException($"{type.Name}: implements {(kinds.Length == 0 ? "none" : $"{kinds.Length}")} of "
                + $"{string.Join(", ", Contracts.Select(c => c.Contract.Name))}; expected one");
        return new PluginInfo(mark.Name, kinds[0].Kind, mark.Summary, type, OptionsOf(type), source, hash);
    }

    private static Type? OptionsOf(Type type)
    {
        var constructors = type.GetConstructors();
        if (constructors.Length != 1 || constructors[0].GetParameters().Length > 1)
            throw new InputException($"{type.Name}: {(constructors.Length == 1
                ? $"its constructor takes {constructors[0].GetParameters().Length} parameters"
                : $"{constructors.Length} public constructors")}; expected one public constructor without parameters or with one options record");
        var options = constructors[0].GetParameters().FirstOrDefault()?.ParameterType;
        if (options is null)
            return null;
        if (options.IsAbstract || !options.IsClass || options == typeof(string) || options.GetConstructor(Type.EmptyTypes) is null)
            throw new InputException($"{type.Name}: its constructor takes {options.Name}; "
                + "expected a record with init properties and a parameterless constructor");
        foreach (var property in OptionsBinder.Properties(options))
        {
            var key = OptionsBinder.Key(property);
            if (key is "name" or RecipeEdit.ResetKey)
                throw new InputException($"{options.Name}.{property.Name}: '{key}' is reserved for "
                    + $"{(key == "name" ? "the plugin's own name" : "resetting a plugin's options")} in a recipe; expected another name");
            if (!OptionReader.IsFlat(property))
                throw new InputException($"{options.Name}.{property.Name}: an option cannot be a {property.PropertyType.Name}; "
                    + "expected a number, a boolean, a string, an enum, or a list of these");
        }
        try
        {
            OptionsBinder.Validate(Activator.CreateInstance(options)!, "");
        }
        catch (TargetInvocationException e)
        {
            throw new InputException($"{options.Name}: its constructor threw an exception: {e.InnerException!.Message}", e);
        }
        catch (InputException e)
        {
            throw new InputException($"{options.Name}: the default breaks its own rule: {e.Message}", e);
        }
        return options;
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase();
}
