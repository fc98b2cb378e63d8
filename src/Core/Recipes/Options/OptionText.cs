using System.Collections;
using System.Text.Json;

namespace MoELab.Recipes.Options;

/// <summary>The type, default and range of an option as text, for tables, completion, hovers and documentation.</summary>
internal static class OptionText
{
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
            _ when bare == typeof(string) => "text",
            _ when bare == typeof(PluginChoice) => "plugin",
            _ when bare.IsGenericType && bare.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) => "map",
            _ when typeof(IEnumerable).IsAssignableFrom(bare) => "list",
            _ => "section",
        };
    }

    /// <summary>The default as in a recipe; empty if there is none, or if it has keys.</summary>
    public static string Default(OptionInfo option) => option.Default switch
    {
        null => "",
        "" or ICollection { Count: 0 } => "none",
        string word => word,
        PluginChoice choice => choice.Name,
        Extent extent => JsonSerializer.Serialize(extent, OptionsBinder.Json).Trim('"'),
        // Not by the serializer: a plugin's enum in its caches would keep the plugin from unloading.
        ICollection list => OptionsBinder.ToNode(list)!.ToJsonString(),
        var value => OptionsBinder.ToNode(value)?.ToString() ?? "",
    };

    /// <summary>The allowed values; empty if any value of the type is allowed.</summary>
    public static string Range(OptionInfo option) => option switch
    {
        { Choices.Count: > 0 } => string.Join(", ", option.Choices),
        { Min: { } min, Max: { } max } => Interval(min, max),
        _ => "",
    };

    /// <summary>A range in words. One up to the largest long has no end that a reader would care about.</summary>
    public static string Interval(double min, double max) => max >= long.MaxValue
        ? FormattableString.Invariant($"at least {min:R}")
        : FormattableString.Invariant($"{min:R} to {max:R}");

    /// <summary>One line for completion.</summary>
    public static string Line(OptionInfo option)
    {
        var value = Default(option);
        var facts = new[] { Type(option), Range(option), value.Length > 0 ? $"default {value}" : "" };
        return $"{option.Summary} ({string.Join(", ", facts.Where(f => f.Length > 0))})";
    }

    /// <summary>A key as Markdown for a hover.</summary>
    public static string Markdown(string path, OptionInfo option)
    {
        var facts = new[] { Type(option), Range(option), Default(option) is { Length: > 0 } value ? $"default `{value}`" : "" };
        return $"**{path}**: {option.Summary}\n\n{string.Join("; ", facts.Where(f => f.Length > 0))}";
    }
}
