using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp;
using MoELab.Cells.CSharp;
using MoELab.Recipes.Input;

namespace MoELab.Documents.Running;

/// <summary>Converts a value from the command line to C# code for a variable of a given type.</summary>
internal static class CSharpLiteral
{
    /// <summary>The code for a text, which is JSON or otherwise plain text; errors name the variable.</summary>
    /// <exception cref="InputException">The value cannot be converted to the type.</exception>
    public static string Of(string name, string text, Type type)
    {
        var parsed = Parse(text);
        // A string needs no quotes, and text that JSON would read as a number stays text for a string variable.
        var node = type == typeof(string) && parsed is not null && parsed.GetValueKind() != JsonValueKind.String ? JsonValue.Create(text) : parsed;
        return Of(node, type) ?? throw new InputException($"-p {name}={text}: wrong type; expected a value of type {Keyword(type)}");
    }

    private static string Keyword(Type type) => type.IsEnum ? CSharpNames.Short(type) : Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => "bool",
        TypeCode.Int32 => "int",
        TypeCode.Int64 => "long",
        TypeCode.Single => "float",
        TypeCode.Double or TypeCode.Decimal or TypeCode.String or TypeCode.Char => type.Name.ToLowerInvariant(),
        _ => CSharpNames.Short(type),
    };

    private static JsonNode? Parse(string text)
    {
        try
        {
            return InputJson.Parse(text, "-p", "a value").Node;
        }
        catch (MoELabException)
        {
            return JsonValue.Create(text);
        }
    }

    private static string? Of(JsonNode? node, Type type)
    {
        if (node is null)
            return type.IsValueType && Nullable.GetUnderlyingType(type) is null ? null : "null";
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return node.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => bare == typeof(bool) || !IsSimple(bare) ? node.ToJsonString() : null,
            JsonValueKind.Number => Number(node.ToJsonString(), bare),
            JsonValueKind.String => Word(node.GetValue<string>(), bare),
            JsonValueKind.Array => Elements(node.AsArray(), bare),
            _ => Entries(node.AsObject(), bare),
        };
    }

    private static string? Number(string digits, Type type)
    {
        if (type == typeof(string) || type == typeof(bool) || type == typeof(char) || type.IsEnum)
            return null;
        if (!type.IsPrimitive && type != typeof(decimal))
            return digits;
        try
        {
            // The conversion checks the range; the digits stay as given.
            var exact = decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
            if (type == typeof(double) || type == typeof(float))
                return type == typeof(float) ? digits + "f" : digits;
            if (!exact || (type != typeof(decimal) && number != decimal.Truncate(number)))
                return null;
            Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
            return type == typeof(decimal) ? number.ToString(CultureInfo.InvariantCulture) + "m"
                : decimal.Truncate(number).ToString("0", CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static string? Word(string word, Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).FirstOrDefault(n => n.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } found
                ? $"{CSharpNames.Of(type)}.{found}" : null;
        if (type == typeof(char))
            return word.Length == 1 ? SymbolDisplay.FormatLiteral(word[0], quote: true) : null;
        return type.IsPrimitive || type == typeof(decimal) ? null : SymbolDisplay.FormatLiteral(word, quote: true);
    }

    private static string? Elements(JsonArray array, Type type)
    {
        var element = type.IsArray ? type.GetElementType()! : type.IsGenericType && type.GetGenericArguments() is [var only] ? only : typeof(object);
        if (IsSimple(type))
            return null;
        var values = array.Select(v => Of(v, element)).ToArray();
        if (values.Contains(null))
            return null;
        var list = string.Join(", ", values);
        return type == typeof(object) ? $"new object?[] {{ {list} }}" : $"[{list}]";
    }

    private static string? Entries(JsonObject map, Type type)
    {
        if (IsSimple(type))
            return null;
        var value = type.IsGenericType && type.GetGenericArguments() is [_, var second] ? second : typeof(object);
        var entries = map.Select(e => (e.Key, Value: Of(e.Value, value))).ToArray();
        var list = string.Join(", ", entries.Select(e => $"[{SymbolDisplay.FormatLiteral(e.Key, quote: true)}] = {e.Value}"));
        return entries.Any(e => e.Value is null) ? null
            : $"new System.Collections.Generic.Dictionary<string, {CSharpNames.Of(value)}> {{ {list} }}";
    }

    private static bool IsSimple(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal);
}
