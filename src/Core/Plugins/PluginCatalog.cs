using System.Reflection;
using MoELab.Data;
using MoELab.Experts;
using MoELab.Optimization;
using MoELab.Recipes;
using MoELab.Routing;
using MoELab.Training;

namespace MoELab.Plugins;

/// <summary>The plugins at hand, by kind and name.</summary>
public sealed class PluginCatalog
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

    private readonly SortedDictionary<(PluginKind, string), PluginInfo> _plugins = [];

    /// <summary>A catalog of the plugins in Core and in every marked assembly beside the application.</summary>
    public static PluginCatalog Discover()
    {
        var catalog = new PluginCatalog();
        catalog.Register(typeof(PluginCatalog).Assembly);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "MoELab.*.dll").Order(StringComparer.Ordinal))
        {
            var assembly = Assembly.Load(AssemblyName.GetAssemblyName(file));
            if (assembly.GetCustomAttribute<MoELabPluginAttribute>() is not null)
                catalog.Register(assembly);
        }
        return catalog;
    }

    /// <summary>Every plugin, by kind and name.</summary>
    public IReadOnlyCollection<PluginInfo> All => _plugins.Values;

    /// <summary>Adds every exported class with a <see cref="PluginAttribute"/>.</summary>
    public void Register(Assembly assembly)
    {
        foreach (var type in assembly.GetExportedTypes().Where(t => t.GetCustomAttribute<PluginAttribute>() is not null))
            Register(type);
    }

    /// <summary>Adds one class, replacing a plugin of the same kind and name.</summary>
    public PluginInfo Register(Type type)
    {
        var mark = type.GetCustomAttribute<PluginAttribute>() ?? throw new RecipeException($"{type.Name}: no [Plugin] attribute; expected [Plugin(\"name\", \"summary\")]");
        var kind = Contracts.FirstOrDefault(c => c.Contract.IsAssignableFrom(type));
        if (kind.Contract is null)
            throw new RecipeException($"{type.Name}: implements none of {string.Join(", ", Contracts.Select(c => c.Contract.Name))}");
        var parameters = type.GetConstructors().Single().GetParameters();
        if (parameters.Length > 1)
            throw new RecipeException($"{type.Name}: the constructor takes {parameters.Length} parameters; expected none or one options record");
        var info = new PluginInfo(mark.Name, kind.Kind, mark.Summary, type, parameters.FirstOrDefault()?.ParameterType, type.Assembly.Location);
        _plugins[(kind.Kind, mark.Name)] = info;
        return info;
    }

    /// <summary>A plugin by name.</summary>
    /// <exception cref="RecipeException">No such plugin; the message names the nearest one.</exception>
    public PluginInfo Find(PluginKind kind, string name) => _plugins.TryGetValue((kind, name), out var info)
        ? info
        : throw new RecipeException($"{Names.Snake(kind.ToString()).Replace('_', ' ')} '{name}': no such plugin{Names.Hint(name, [.. _plugins.Keys.Where(k => k.Item1 == kind).Select(k => k.Item2)])}");

    /// <summary>Builds a plugin from a recipe's choice.</summary>
    /// <typeparam name="T">The contract, such as <see cref="IBalancer"/>.</typeparam>
    /// <param name="choice">Name and options.</param>
    /// <param name="path">Where the choice stands in the recipe, for messages.</param>
    /// <exception cref="RecipeException">No such plugin, an unknown option, or a value out of range.</exception>
    public T Create<T>(PluginChoice choice, string path) where T : class
    {
        var kind = Contracts.First(c => c.Contract == typeof(T)).Kind;
        PluginInfo info;
        try
        {
            info = Find(kind, choice.Name);
        }
        catch (RecipeException e)
        {
            throw new RecipeException($"{path}: {e.Message}", e);
        }
        if (info.OptionsType is null)
        {
            return choice.Options.Count == 0
                ? (T)Activator.CreateInstance(info.Type)!
                : throw new RecipeException($"{path}.{choice.Options.First().Key}: '{info.Name}' takes no options");
        }
        return (T)Activator.CreateInstance(info.Type, OptionsBinder.Bind(info.OptionsType, choice.Options, path))!;
    }
}
