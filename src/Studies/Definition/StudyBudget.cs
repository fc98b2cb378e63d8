using System.Text.RegularExpressions;

namespace MoELab.Studies.Definition;

/// <summary>What every arm of a study may spend: <c>300 steps</c>, <c>2M tokens</c>, <c>1.5e15 FLOPs</c> or <c>10 minutes</c>.</summary>
/// <param name="Value">How much: steps, tokens, FLOPs or seconds.</param>
/// <param name="Unit">Of what.</param>
public readonly partial record struct StudyBudget(double Value, BudgetUnit Unit)
{
    internal const string Expected = "steps (300 steps), tokens (2M tokens), FLOPs (1.5e15 FLOPs) or time (90 seconds, 10 minutes, 1 hour)";

    private static readonly Dictionary<string, double> Scales = new(StringComparer.Ordinal)
    {
        [""] = 1,
        ["K"] = 1e3,
        ["M"] = 1e6,
        ["B"] = 1e9,
        ["G"] = 1e9,
        ["T"] = 1e12,
        ["P"] = 1e15,
        ["E"] = 1e18,
    };

    /// <summary>Text as a study writes it.</summary>
    /// <exception cref="InputException">The text is no budget.</exception>
    public static implicit operator StudyBudget(string text) => Parse(text);

    /// <summary>Reads <c>300 steps</c>, <c>2M tokens</c>, <c>1.5e15 FLOPs</c>, <c>1.5 PFLOPs</c>, <c>90 seconds</c>, <c>10 minutes</c>, <c>1 hour</c>.</summary>
    /// <exception cref="InputException">The text is no budget.</exception>
    public static StudyBudget Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || !double.TryParse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !(number > 0) || !double.IsFinite(number))
            throw new InputException($"budget '{text}': not valid; expected {Expected}");
        number *= Scales[match.Groups["scale"].Value.ToUpperInvariant()];
        return match.Groups["unit"].Value.ToUpperInvariant() switch
        {
            ['S', 'T', ..] when number == Math.Floor(number) => new(number, BudgetUnit.Steps),
            ['S', 'T', ..] => throw new InputException($"budget '{text}': a part of a step; expected a whole number of steps"),
            ['T', ..] => new(number, BudgetUnit.Tokens),
            ['F', ..] => new(number, BudgetUnit.Flops),
            ['M', ..] => new(number * 60, BudgetUnit.Seconds),
            ['H', ..] => new(number * 3600, BudgetUnit.Seconds),
            _ => new(number, BudgetUnit.Seconds),
        };
    }

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public override string ToString() => Unit switch
    {
        BudgetUnit.Steps => FormattableString.Invariant($"{Value:0} steps"),
        BudgetUnit.Tokens => FormattableString.Invariant($"{Value:0} tokens"),
        BudgetUnit.Flops => FormattableString.Invariant($"{Value:R} FLOPs"),
        _ => FormattableString.Invariant($"{Value:R} seconds"),
    };

    [GeneratedRegex(@"^\s*(?<number>[0-9][0-9.]*([eE][+-]?[0-9]+)?)\s*(?<scale>[KMBGTPE]?)\s*(?<unit>steps?|tokens?|flops?|seconds?|minutes?|hours?)\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Form();
}

/// <summary>What a <see cref="StudyBudget"/> counts.</summary>
public enum BudgetUnit
{
    /// <summary>Optimizer steps.</summary>
    Steps,

    /// <summary>Training tokens.</summary>
    Tokens,

    /// <summary>FLOPs of training, as <see cref="Recipes.Costs.RecipeCost.Convention"/> counts them.</summary>
    Flops,

    /// <summary>Seconds of training. Steps come from a speed that is measured once, so two machines get two numbers of steps.</summary>
    Seconds,
}
