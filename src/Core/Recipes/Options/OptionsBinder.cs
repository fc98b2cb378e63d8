using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoELab.Recipes.Options;

/// <summary>
/// Turns data into an options record and back, once, at the edge: unknown keys, wrong types and values outside their
/// DataAnnotations range become one sentence that names the field, the value and what was expected.
/// </summary>
public static class OptionsBinder
{
    // Weak, because the type may belong to a plugin that is to unload.
    private static readonly ConditionalWeakTable<Type, IReadOnlyList<OptionInfo>> Schemas = new();

    /// <summary>How every recipe and options record is written as JSON: snake_case keys, kebab-case enum words.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Builds an options record from data.</summary>
    /// <param name="type">A record with init properties and a parameterless constructor.</param>
    /// <param name="data">Keys and values; absent keys keep their defaults.</param>
    /// <param name="path">The data's path in the recipe, for messages (<c>balancer</c>).</param>
    /// <exception cref="InputException">An unknown key, a wrong type or a value out of range.</exception>
    public static object Bind(Type type, JsonObject data, string path) => Bind(type, data, path, null);

    /// <summary>Builds an options record from data; where an owner is named, the message about an unknown key lists all its keys.</summary>
    internal static object Bind(Type type, JsonObject data, string path, string? owner)
    {
        var options = Activator.CreateInstance(type)!;
        var properties = Properties(type).ToDictionary(Key);
        foreach (var (key, value) in data)
        {
            var where = Join(path, key);
            if (!properties.TryGetValue(key, out var property))
                throw new InputException($"{where}: unknown key{Unknown(key, [.. properties.Keys], owner)}");
            if (value is not null || property.GetValue(options) is not null)
                property.SetValue(options, OptionReader.Read(property.PropertyType, value, where, property.GetCustomAttribute<FormAttribute>()));
        }
        Validate(options, path);
        return options;
    }

    private static string Unknown(string key, string[] known, string? owner) => owner is null ? Names.Hint(key, known)
        : $"{(Names.Nearest(key, known) is { } near ? $"; did you mean '{near}'?" : ";")} '{owner}' takes {string.Join(", ", known)}";

    /// <summary>Checks every DataAnnotations rule of an options record.</summary>
    /// <exception cref="InputException">The first rule that fails, naming field, value and range.</exception>
    public static void Validate(object options, string path)
    {
        foreach (var property in Properties(options.GetType()))
        {
            var value = property.GetValue(options);
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (value is Extent extent ? InRange(rule, extent) : rule.IsValid(value))
                    continue;
                var where = Join(path, Names.Snake(property.Name));
                throw new InputException(rule is RangeAttribute { Minimum: var least, Maximum: var most }
                    ? $"{where}: {value} is out of range; expected {OptionText.Interval(Convert.ToDouble(least), Convert.ToDouble(most))}"
                    : $"{where}: {rule.FormatErrorMessage(Names.Snake(property.Name))}");
            }
        }
    }

    /// <summary>The options of a record type: names, defaults, ranges and help.</summary>
    public static IReadOnlyList<OptionInfo> Schema(Type type) => Schemas.GetValue(type, static t =>
    {
        var defaults = Activator.CreateInstance(t);
        return [.. Properties(t).Select(p =>
        {
            var range = p.GetCustomAttribute<RangeAttribute>();
            var bare = Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType;
            return new OptionInfo(
                Key(p),
                p.PropertyType,
                p.GetValue(defaults),
                range is null ? null : Convert.ToDouble(range.Minimum),
                range is null ? null : Convert.ToDouble(range.Maximum),
                bare.IsEnum ? [.. Enum.GetNames(bare).Select(n => Word(bare, n))] : [],
                p.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "");
        })];
    });

    /// <summary>An options record as data, every key present.</summary>
    public static JsonObject ToData(object options)
    {
        var type = options.GetType();
        if (!type.IsCollectible || !Properties(type).Any() || !Properties(type).All(OptionReader.IsFlat))
            return JsonSerializer.SerializeToNode(options, type, Json)!.AsObject();
        // The serializer's caches would keep the plugin from unloading.
        return new JsonObject(Properties(type).Where(p => p.GetValue(options) is not null)
            .Select(p => KeyValuePair.Create(Key(p), ToNode(p.GetValue(options)!))));
    }

    /// <summary>A plain value, or a list of them, as a recipe writes it; null for any other.</summary>
    internal static JsonNode? ToNode(object value) => value switch
    {
        bool b => JsonValue.Create(b),
        int i => JsonValue.Create(i),
        long l => JsonValue.Create(l),
        float f => JsonValue.Create(f),
        double d => JsonValue.Create(d),
        string s => JsonValue.Create(s),
        Enum e => JsonValue.Create(Word(e.GetType(), e.ToString())),
        System.Collections.IEnumerable list => new JsonArray([.. list.Cast<object>().Select(ToNode)]),
        _ => null,
    };

    // A range on an extent is one of steps; tokens and shares have their own, which their text is read with.
    private static bool InRange(ValidationAttribute rule, Extent extent) => extent.Unit switch
    {
        ExtentUnit.Tokens => extent.Value >= 0,
        ExtentUnit.Share => extent.Value is >= 0 and <= 1,
        _ => rule.IsValid(extent.Value),
    };

    /// <summary>The name of an enum's value in a recipe.</summary>
    internal static string Word(Type type, string name) =>
        type.GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    internal static string Join(string path, string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}.{key}";

    internal static string Key(PropertyInfo property) => property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? Names.Snake(property.Name);

    internal static IEnumerable<PropertyInfo> Properties(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p is { CanRead: true, CanWrite: true } && p.GetIndexParameters().Length == 0 && !p.IsDefined(typeof(JsonIgnoreAttribute)));
}
