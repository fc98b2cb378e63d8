using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MoELab.Recipes;

/// <summary>
/// Records of plain values (numbers, truth values, words, enums and lists of these), read and written by reflection. The
/// serializer's caches keep every type alive that they ever saw, so that a plugin whose options went through it could never unload.
/// </summary>
internal static class FlatOptions
{
    private static readonly Type[] Scalars = [typeof(bool), typeof(int), typeof(long), typeof(float), typeof(double), typeof(string)];

    public static bool Supports(PropertyInfo property) =>
        !property.IsDefined(typeof(JsonConverterAttribute)) && (IsScalar(property.PropertyType) || ElementOf(property.PropertyType) is not null);

    /// <summary>A record from data whose keys are known to exist.</summary>
    /// <exception cref="RecipeException">A value that does not fit.</exception>
    public static object Read(Type type, JsonObject data, string path)
    {
        var options = Activator.CreateInstance(type)!;
        foreach (var property in OptionsBinder.Properties(type))
        {
            var key = OptionsBinder.Key(property);
            if (data.TryGetPropertyValue(key, out var value))
                property.SetValue(options, Read(property.PropertyType, value, OptionsBinder.Join(path, key)));
        }
        return options;
    }

    /// <summary>A record as data.</summary>
    public static JsonObject Write(object options)
    {
        var data = new JsonObject();
        foreach (var property in OptionsBinder.Properties(options.GetType()))
        {
            if (property.GetValue(options) is { } value)
                data[OptionsBinder.Key(property)] = Node(value);
        }
        return data;
    }

    private static bool IsScalar(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare.IsEnum || Scalars.Contains(bare);
    }

    private static Type? ElementOf(Type type)
    {
        var element = type.IsArray ? type.GetElementType()
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
            : null;
        return element is not null && IsScalar(element) ? element : null;
    }

    private static object? Read(Type type, JsonNode? value, string where)
    {
        if (value is null)
            return !type.IsValueType || Nullable.GetUnderlyingType(type) is not null ? null : throw Misfit(where, "null", type);
        if (ElementOf(type) is not { } element)
            return Scalar(Nullable.GetUnderlyingType(type) ?? type, value) ?? throw Misfit(where, value.ToJsonString(), type);
        if (value is not JsonArray list)
            throw Misfit(where, value.ToJsonString(), type);
        var array = Array.CreateInstance(element, list.Count);
        for (var i = 0; i < list.Count; i++)
            array.SetValue(Read(element, list[i], $"{where}[{i}]"), i);
        return array;
    }

    private static object? Scalar(Type type, JsonNode value)
    {
        var kind = value.GetValueKind();
        if (type == typeof(bool))
            return kind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
        if (type == typeof(string))
            return kind == JsonValueKind.String ? value.GetValue<string>() : null;
        if (type.IsEnum)
        {
            var word = kind == JsonValueKind.String ? Enum.GetNames(type).FirstOrDefault(n => OptionsBinder.Word(type, n) == value.GetValue<string>()) : null;
            return word is null ? null : Enum.Parse(type, word);
        }
        if (kind != JsonValueKind.Number || !double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return null;
        if (type == typeof(double))
            return number;
        if (type == typeof(float))
            return (float)number;
        if (number != Math.Floor(number))
            return null;
        if (type == typeof(int))
            return number is >= int.MinValue and <= int.MaxValue ? (int)number : null;
        return long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
            : Math.Abs(number) < 9e15 ? (long)number : null;
    }

    private static JsonNode? Node(object value) => value switch
    {
        bool b => JsonValue.Create(b),
        int i => JsonValue.Create(i),
        long l => JsonValue.Create(l),
        float f => JsonValue.Create(f),
        double d => JsonValue.Create(d),
        string s => JsonValue.Create(s),
        Enum e => JsonValue.Create(OptionsBinder.Word(e.GetType(), e.ToString())),
        System.Collections.IEnumerable list => new JsonArray([.. list.Cast<object>().Select(Node)]),
        _ => null,
    };

    private static RecipeException Misfit(string where, string value, Type type)
    {
        var bare = ElementOf(type) ?? Nullable.GetUnderlyingType(type) ?? type;
        var expected = bare switch
        {
            _ when bare.IsEnum => $"one of {string.Join(", ", Enum.GetNames(bare).Select(n => OptionsBinder.Word(bare, n)))}",
            _ when bare == typeof(bool) => "true or false",
            _ when bare == typeof(string) => "a word",
            _ when bare == typeof(int) => $"a whole number from {int.MinValue} to {int.MaxValue}",
            _ when bare == typeof(long) => "a whole number",
            _ => "a number",
        };
        return new RecipeException($"{where}: {value} does not fit; expected {(ElementOf(type) is null ? expected : $"a list, each item {expected}")}");
    }
}
