using MoELab.Recipes;

namespace MoELab.Plugins;

/// <summary>A plugin as the catalog knows it.</summary>
/// <param name="Name">Kebab-case name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Summary">One line.</param>
/// <param name="Type">The class.</param>
/// <param name="OptionsType">Its options record, null when it takes none.</param>
/// <param name="Source">Assembly file or folder, or <c>registered</c>.</param>
public sealed record PluginInfo(string Name, PluginKind Kind, string Summary, Type Type, Type? OptionsType, string Source)
{
    /// <summary>Its options with defaults and ranges.</summary>
    public IReadOnlyList<OptionInfo> Options => OptionsType is null ? [] : OptionsBinder.Schema(OptionsType);
}
