using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoELab.Recipes.Options;

/// <summary>
/// Reads the values of a recipe by reflection: numbers, truth values, words, enums, extents, plugins, records, and lists and maps of these. The
/// serializer would keep every type alive that it ever saw, so that a plugin whose options went through it could never unload.
/// </summary>
internal static class OptionReader
{
    private static readonly Type[] Scalars = [typeof(bool), typeof(int), typeof(long), typeof(float), typeof(double), typeof(string)];

    /// <summary>Whether an option of a plugin may have a property's type: a plain value, or a list of plain values.</summary>
    public static bool IsFlat(PropertyInfo property) =>
        !property.IsDefined(typeof(JsonConverterAttribute))
        && (IsScalar(property.PropertyType) || (ElementOf(property.PropertyType) is { } element && IsScalar(element)));

    /// <summary>One value; <paramref name="form"/> has what errors give as expected, null goes by the type.</summary>
    /// <exception cref="InputException">It is not valid.</exception>
    public static object? Read(Type type, JsonNode? node, string where, FormAttribute? form)
    {
        if (type == typeof(JsonNode))
            return Shape.Copy(node);
        if (type == typeof(Extent))
            return Extent.Read(node, where);
        if (type == typeof(PluginChoice))
            return PluginChoice.Read(node, where);
        if (type == typeof(OptimizerRecipe))
            return OptimizerRecipe.Read(node);
        if (node is null && Nullable.GetUnderlyingType(type) is not null)
            return null;
        if (IsScalar(type))
            return Scalar(Bare(type), node) ?? throw Misfit(type, node, where, form);
        if (type == typeof(JsonObject))
            return Shape.Copy(node as JsonObject) ?? throw Misfit(type, node, where, form);
        var item = form is null ? null : new FormAttribute(form.Item, "");
        if (ElementOf(type) is { } element)
        {
            var list = node as JsonArray ?? throw Misfit(type, node, where, form);
            var array = Array.CreateInstance(element, list.Count);
            for (var i = 0; i < list.Count; i++)
                array.SetValue(Read(element, list[i], $"{where}[{i}]", item), i);
            return array;
        }
        var map = node as JsonObject ?? throw Misfit(type, node, where, form);
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IReadOnlyDictionary<,>))
            return OptionsBinder.Bind(type, map, where);
        var value = type.GetGenericArguments()[1];
        var read = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
        foreach (var (key, inner) in map)
            read.Add(key, Read(value, inner, $"{where}.{key}", item));
        return read;
    }

    public static InputException Misfit(Type type, JsonNode? node, string where, FormAttribute? form) =>
        Shape.Misfit(node, where, form?.Whole ?? Expected(type, node));

    private static bool IsScalar(Type type) => Bare(type).IsEnum || Scalars.Contains(Bare(type));

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static Type? ElementOf(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;

    private static object? Scalar(Type type, JsonNode? node)
    {
        var kind = node?.GetValueKind();
        if (type == typeof(bool))
            return kind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
        if (type == typeof(string))
            return kind == JsonValueKind.String ? node!.GetValue<string>() : null;
        if (type.IsEnum)
        {
            var word = kind != JsonValueKind.String ? null
                : Enum.GetNames(type).FirstOrDefault(n => OptionsBinder.Word(type, n) == node!.GetValue<string>());
            return word is null ? null : Enum.Parse(type, word);
        }
        if (Number(node) is not { } number)
            return null;
        if (type == typeof(double))
            return number;
        if (type == typeof(float))
            return (float)number;
        if (number != Math.Floor(number))
            return null;
        if (type == typeof(int))
            return number is >= int.MinValue and <= int.MaxValue ? (int)number : null;
        return long.TryParse(node!.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
            : Math.Abs(number) < 9e15 ? (long)number : null;
    }

    internal static double? Number(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number
        && double.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Expected(Type type, JsonNode? node) => Bare(type) switch
    {
        var bare when bare.IsEnum => $"one of {string.Join(", ", Enum.GetNames(bare).Select(n => OptionsBinder.Word(bare, n)))}",
        var bare when bare == typeof(bool) => "true or false",
        var bare when bare == typeof(string) => "text",
        var bare when bare == typeof(int) && Number(node) is { } number && number == Math.Floor(number) =>
            $"a whole number from {int.MinValue} to {int.MaxValue}",
        var bare when bare == typeof(int) || bare == typeof(long) => "a whole number",
        var bare when IsScalar(bare) => "a number",
        var bare when ElementOf(bare) is { } element => $"a list, each item {Expected(element, null)}",
        _ => "keys and values",
    };
}
