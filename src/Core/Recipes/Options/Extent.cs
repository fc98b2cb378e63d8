using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace MoELab.Recipes.Options;

/// <summary>
/// How much of a run, or where in it: optimizer steps (<c>2000</c>, <c>2000 steps</c>), training tokens (<c>500M</c>, <c>4096 tokens</c>) or
/// a share of the run's tokens (<c>10%</c>). A bare number below 1 is a share, one above 1 is steps; what 1 means depends on the key.
/// </summary>
/// <param name="Value">Steps, tokens, or a share from 0 to 1.</param>
/// <param name="Unit">What the value counts.</param>
[JsonConverter(typeof(Converter))]
public readonly partial record struct Extent(double Value, ExtentUnit Unit)
{
    private const string Expected = "steps (2000), tokens (500M, 2B, 4096 tokens) or a share (10%)";

    private const double Largest = 1e18;

    // Longest first, so that a value is written with the largest that it reaches.
    private static readonly (char Suffix, decimal Factor)[] Suffixes = [('T', 1e12m), ('B', 1e9m), ('M', 1e6m), ('K', 1e3m)];

    /// <summary>Whether it is 0: nothing, never.</summary>
    [JsonIgnore]
    public bool IsZero => Value == 0;

    /// <summary>Whether it counts optimizer steps.</summary>
    /// <param name="oneIsShare">Whether a bare 1 is the whole run instead of one step.</param>
    public bool IsSteps(bool oneIsShare = false) => Unit == ExtentUnit.Steps || (Unit == ExtentUnit.Number && (oneIsShare ? Value > 1 : Value >= 1));

    /// <summary>Whether it is a share of the run's tokens.</summary>
    /// <param name="oneIsShare">Whether a bare 1 is the whole run instead of one step.</param>
    public bool IsShare(bool oneIsShare = false) => Unit == ExtentUnit.Share || (Unit == ExtentUnit.Number && !IsSteps(oneIsShare));

    /// <summary>A bare number, as a recipe may write it.</summary>
    public static implicit operator Extent(double number) => new(number, ExtentUnit.Number);

    /// <summary>Text as a recipe may write it: <c>500M</c>, <c>10%</c>.</summary>
    /// <exception cref="InputException">The text is not an extent.</exception>
    public static implicit operator Extent(string text) => Parse(text);

    /// <summary>Reads <c>2000</c>, <c>2000 steps</c>, <c>500M</c>, <c>4096 tokens</c>, <c>10%</c>.</summary>
    /// <exception cref="InputException">The text is not an extent.</exception>
    public static Extent Parse(string text) => TryParse(text, out var extent) ? extent
        : throw new InputException($"'{text}' is not valid; expected {Expected}");

    /// <summary>Reads an extent; false where the text is none.</summary>
    public static bool TryParse(string text, out Extent extent)
    {
        extent = default;
        var match = Form().Match(text);
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!match.Success || !decimal.TryParse(match.Groups["number"].Value, style, CultureInfo.InvariantCulture, out var number))
            return false;
        var (suffix, unit) = (match.Groups["suffix"].Value.ToUpperInvariant(), match.Groups["unit"].Value);
        if (suffix.Length > 0 && number > 1e9m)
            return false;
        number *= suffix.Length == 0 ? 1 : Suffixes.Single(s => s.Suffix == suffix[0]).Factor;
        extent = unit switch
        {
            "%" => new Extent((double)(number / 100), ExtentUnit.Share),
            _ when unit.StartsWith("step", StringComparison.Ordinal) => new Extent((double)number, ExtentUnit.Steps),
            _ when unit.Length > 0 || suffix.Length > 0 => new Extent((double)number, ExtentUnit.Tokens),
            _ => new Extent((double)number, ExtentUnit.Number),
        };
        return extent.Unit == ExtentUnit.Share ? suffix.Length == 0 && number <= 100
            : extent.Value <= Largest && (extent.Unit == ExtentUnit.Number || extent.Value == Math.Floor(extent.Value));
    }

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public override string ToString()
    {
        // No recipe has one beyond this, but the message that refuses it shows it.
        if (Unit == ExtentUnit.Number || !(Math.Abs(Value) <= Largest))
            return Value.ToString("R", CultureInfo.InvariantCulture);
        var value = (decimal)Value;
        return Unit switch
        {
            ExtentUnit.Steps => FormattableString.Invariant($"{value:0} step{(value == 1 ? "" : "s")}"),
            ExtentUnit.Share => FormattableString.Invariant($"{value * 100:0.##############}%"),
            _ when Suffixes.FirstOrDefault(s => value >= s.Factor) is (var suffix, > 0 and var factor) =>
                FormattableString.Invariant($"{value / factor:0.############}{suffix}"),
            _ => FormattableString.Invariant($"{value:0} tokens"),
        };
    }

    /// <summary>An extent from a recipe's tree.</summary>
    internal static Extent Read(JsonNode? node, string where) => node?.GetValueKind() switch
    {
        JsonValueKind.Number when OptionReader.Number(node) is { } number && Math.Abs(number) <= Largest => number,
        JsonValueKind.String when TryParse(node.GetValue<string>(), out var extent) => extent,
        _ => throw Shape.Misfit(node, where, Expected),
    };

    [GeneratedRegex(@"^\s*(?<number>[0-9][0-9.]*([eE]\+?[0-9]+)?)\s*(?<suffix>[KMBTkmbt])?\s*(?<unit>%|steps?|tokens?)?\s*$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    private sealed class Converter : JsonConverter<Extent>
    {
        public override Extent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Extent.Read(JsonNode.Parse(ref reader), "extent");

        public override void Write(Utf8JsonWriter writer, Extent value, JsonSerializerOptions options)
        {
            if (value.Unit != ExtentUnit.Number)
                writer.WriteStringValue(value.ToString());
            else if (value.Value == Math.Floor(value.Value) && Math.Abs(value.Value) < 9e15)
                writer.WriteNumberValue((long)value.Value);
            else
                writer.WriteNumberValue(value.Value);
        }
    }
}

/// <summary>What an <see cref="Extent"/> counts.</summary>
public enum ExtentUnit
{
    /// <summary>A bare number: a share below 1, steps above; what 1 means depends on the key.</summary>
    Number,

    /// <summary>Optimizer steps.</summary>
    Steps,

    /// <summary>Training tokens.</summary>
    Tokens,

    /// <summary>A share of the run's tokens.</summary>
    Share,
}
