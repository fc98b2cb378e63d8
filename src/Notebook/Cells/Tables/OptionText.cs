using System.Collections;
using System.Text.Json;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Cells.Tables;

/// <summary>Descriptions of options and plugins for tables, hovers and completion.</summary>
internal static class OptionText
{
    /// <summary>The type in terms of a recipe.</summary>
    public static string Type(OptionInfo option)
    {
        var bare = Nullable.GetUnderlyingType(option.Type) ?? option.Type;
        return bare switch
        {
            _ when option.Choices.Count > 0 => "choice",
            _ when bare == typeof(bool) => "true or false",
            _ when bare == typeof(int) || bare == typeof(long) => "whole number",
            _ when bare == typeof(double) || bare == typeof(float) => "number",
            _ when bare == typeof(Extent) => "steps, tokens or share",
            _ when bare == typeof(string) => "word",
            _ when bare == typeof(PluginChoice) => "plugin",
            _ when bare.IsGenericType && bare.Name.StartsWith("IReadOnlyDictionary", StringComparison.Ordinal) => "map",
            _ when typeof(IEnumerable).IsAssignableFrom(bare) => "list",
            _ => "section",
        };
    }

    /// <summary>The default as in a recipe; empty if it has none, or keys of its own.</summary>
    public static string Default(OptionInfo option) => option.Default switch
    {
        null => "",
        PluginChoice choice => choice.Name,
        string word => word,
        bool or Enum or IFormattable or Extent => JsonSerializer.Serialize(option.Default, OptionsBinder.Json).Trim('"'),
        ICollection { Count: 0 } => "none",
        _ => "",
    };

    /// <summary>The allowed values; empty if any value of the type is allowed.</summary>
    public static string Range(OptionInfo option) => option switch
    {
        { Choices.Count: > 0 } => string.Join(", ", option.Choices),
        { Min: { } min, Max: { } max } => OptionInfo.Interval(min, max),
        _ => "",
    };

    /// <summary>One line for completion.</summary>
    public static string Line(OptionInfo option)
    {
        var (type, value, range) = (Type(option), Default(option), Range(option));
        return $"{option.Summary} ({type}{(range.Length > 0 ? $", {range}" : "")}{(value.Length > 0 ? $", default {value}" : "")})";
    }

    /// <summary>A key as Markdown for a hover.</summary>
    public static string Markdown(string path, OptionInfo option)
    {
        var facts = new[] { Type(option), Range(option), Default(option) is { Length: > 0 } value ? $"default `{value}`" : "" };
        return $"**{path}**: {option.Summary}\n\n{string.Join("; ", facts.Where(f => f.Length > 0))}";
    }

    /// <summary>A plugin as Markdown for a hover.</summary>
    public static string Markdown(PluginInfo plugin) => $"**{plugin.Name}** ({PluginRules.Word(plugin.Kind)}): {plugin.Summary}"
        + string.Concat(plugin.Options.Select((o, i) => $"{(i == 0 ? "\n" : "")}\n- `{o.Name}`: {Line(o)}"));
}
