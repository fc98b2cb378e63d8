using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MoELab.Recipes;

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
        PropertyNamingPolicy = new SnakePolicy(),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Builds an options record from data.</summary>
    /// <param name="type">A record with init properties and a parameterless constructor.</param>
    /// <param name="data">Keys and values; absent keys keep their defaults.</param>
    /// <param name="path">Where the data stands in the recipe, for messages (<c>balancer</c>).</param>
    /// <exception cref="RecipeException">An unknown key, a wrong type or a value out of range.</exception>
    public static object Bind(Type type, JsonObject data, string path) => Bind(type, data, path, null);

    /// <summary>Builds an options record from data; where an owner is named, the refusal of an unknown key lists all that it takes.</summary>
    internal static object Bind(Type type, JsonObject data, string path, string? owner)
    {
        var schema = Schema(type);
        foreach (var (key, value) in data)
        {
            if (!schema.Any(o => o.Name == key))
                throw new RecipeException($"{Join(path, key)}: unknown key{Unknown(key, [.. schema.Select(o => o.Name)], owner)}");
            Check(schema.First(o => o.Name == key), value, Join(path, key));
        }

        object bound;
        try
        {
            bound = IsFlat(type) ? FlatOptions.Read(type, data, path) : data.Deserialize(type, Json)!;
        }
        catch (JsonException e)
        {
            var at = Join(path, (e.Path ?? "").TrimStart('$', '.'));
            throw new RecipeException($"{at}: the value does not fit; {Expected(type, e)}", e);
        }
        Validate(bound, path);
        return bound;
    }

    private static string Unknown(string key, string[] known, string? owner) => owner is null ? Names.Hint(key, known)
        : $"{(Names.Nearest(key, known) is { } near ? $"; did you mean '{near}'?" : ";")} '{owner}' takes {string.Join(", ", known)}";

    /// <summary>Checks every DataAnnotations rule of an options record.</summary>
    /// <exception cref="RecipeException">The first rule that fails, naming field, value and range.</exception>
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
                throw new RecipeException(rule is RangeAttribute range
                    ? $"{where}: {value} is out of range; expected {OptionInfo.Interval(Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture))}"
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
    public static JsonObject ToData(object options) => options.GetType().IsCollectible && IsFlat(options.GetType())
        ? FlatOptions.Write(options)
        : JsonSerializer.SerializeToNode(options, options.GetType(), Json)!.AsObject();

    // A range on an extent is one of steps; tokens and shares have their own, which their text is read with.
    private static bool InRange(ValidationAttribute rule, Extent extent) => extent.Unit switch
    {
        ExtentUnit.Tokens => extent.Value >= 0,
        ExtentUnit.Share => extent.Value is >= 0 and <= 1,
        _ => rule.IsValid(extent.Value),
    };

    /// <summary>The word that a recipe writes for an enum's value.</summary>
    internal static string Word(Type type, string name) =>
        type.GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    internal static string Join(string path, string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}.{key}";

    internal static string Key(PropertyInfo property) => property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? Names.Snake(property.Name);

    internal static IEnumerable<PropertyInfo> Properties(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p is { CanRead: true, CanWrite: true } && p.GetIndexParameters().Length == 0 && p.GetCustomAttribute<JsonIgnoreAttribute>() is null);

    private static bool IsFlat(Type type) => Properties(type).Any() && Properties(type).All(FlatOptions.Supports);

    private static void Check(OptionInfo option, JsonNode? value, string where)
    {
        var bare = Nullable.GetUnderlyingType(option.Type) ?? option.Type;
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        var fits = kind == JsonValueKind.Null ? option.Default is null : bare switch
        {
            _ when option.Choices.Count > 0 => kind == JsonValueKind.String && option.Choices.Contains(value!.GetValue<string>()),
            _ when bare == typeof(bool) => kind is JsonValueKind.True or JsonValueKind.False,
            _ when bare == typeof(int) || bare == typeof(long) => kind == JsonValueKind.Number && Whole(value!) is { } d && Math.Abs(d) <= Largest(bare),
            _ when bare == typeof(double) => kind == JsonValueKind.Number,
            _ when bare == typeof(string) => kind == JsonValueKind.String,
            _ => true,
        };
        if (!fits)
            throw new RecipeException($"{where}: {value?.ToJsonString() ?? "null"} does not fit; expected {Expectation(option, bare, value)}");
    }

    private static string Expectation(OptionInfo option, Type bare, JsonNode? value) => bare switch
    {
        _ when option.Choices.Count > 0 => $"one of {string.Join(", ", option.Choices)}",
        _ when bare == typeof(bool) => "true or false",
        _ when bare == typeof(int) && value?.GetValueKind() == JsonValueKind.Number && Whole(value) is not null => $"a whole number from {int.MinValue} to {int.MaxValue}",
        _ when bare == typeof(int) || bare == typeof(long) => "a whole number",
        _ when bare == typeof(double) => "a number",
        _ when bare == typeof(string) => "a word",
        _ => "a value",
    };

    private static double? Whole(JsonNode value) => double.TryParse(value.ToJsonString(), out var d) && d == Math.Floor(d) ? d : null;

    private static double Largest(Type type) => type == typeof(int) ? int.MaxValue : 9e15;

    private static string Expected(Type type, JsonException e) => e.InnerException?.Message ?? $"expected the form of {type.Name}";

    private sealed class SnakePolicy : JsonNamingPolicy
    {
        public override string ConvertName(string name) => Names.Snake(name);
    }
}
