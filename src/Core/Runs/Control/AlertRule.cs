using System.Text.RegularExpressions;

namespace MoELab.Runs.Control;

/// <summary>
/// A rule over the metrics of a run: <c>MaxVio &gt; 2 for 50 steps, pause</c>. It fires once when the condition has held
/// for the given number of consecutive steps (1 without <c>for</c>), and again only after the condition has ceased. A metric that is
/// not logged at every step is judged where it is logged, and the steps from the first value that held to the present one count.
/// </summary>
public sealed partial class AlertRule
{
    /// <summary>Short names and the metrics they stand for; spelled in any case.</summary>
    public static IReadOnlyDictionary<string, string> KnownAliases { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["MaxVio"] = "max_vio/max",
        ["MeanMaxVio"] = "max_vio/mean",
        ["Loss"] = "loss",
        ["Dead"] = "experts/dead",
        ["DeadExperts"] = "experts/dead",
        ["Entropy"] = "router/entropy",
        ["RouterEntropy"] = "router/entropy",
        ["GradNorm"] = "grad_norm",
        ["GradientNorm"] = "grad_norm",
        ["TokensPerSecond"] = "tokens_per_second",
        ["Utilisation"] = "utilisation",
        ["BitsPerByte"] = "eval/bits_per_byte",
        ["LearningRate"] = "learning_rate_factor",
    };

    private bool _fired;
    private int _since;

    private AlertRule(string text, string metric, string comparison, double threshold, int steps, bool pause) =>
        (Text, Metric, Comparison, Threshold, Steps, Pause) = (text, metric, comparison, threshold, steps, pause);

    /// <summary>The rule as written.</summary>
    public string Text { get; }

    /// <summary>The metric's key in the log, aliases resolved.</summary>
    public string Metric { get; }

    /// <summary><c>&gt;</c>, <c>&gt;=</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>==</c> or <c>!=</c>.</summary>
    public string Comparison { get; }

    /// <summary>What the metric is compared with.</summary>
    public double Threshold { get; }

    /// <summary>Consecutive steps that the condition must hold.</summary>
    public int Steps { get; }

    /// <summary>Whether the run pauses when the rule fires.</summary>
    public bool Pause { get; }

    /// <summary>Steps from the first value for which the condition held, without a break, to the last one seen, both counted.</summary>
    public int Held { get; private set; }

    /// <summary>The value that <see cref="Observe"/> saw last, NaN before.</summary>
    public double LastValue { get; private set; } = double.NaN;

    /// <summary>Reads a rule: <c>METRIC OPERATOR NUMBER [for N steps][, pause]</c>.</summary>
    /// <exception cref="InputException">The text is not a rule.</exception>
    public static AlertRule Parse(string rule)
    {
        var match = Shape().Match(rule);
        if (!match.Success)
            throw new InputException($"alert '{rule}': not a rule; "
                + "expected METRIC > NUMBER [for N steps][, pause], such as 'MaxVio > 2 for 50 steps'");
        var number = match.Groups["number"].Value;
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var threshold) || !double.IsFinite(threshold))
            throw new InputException($"alert '{rule}': '{number}' is not a number");
        var steps = 1;
        if (match.Groups["steps"].Success && (!int.TryParse(match.Groups["steps"].Value, out steps) || steps < 1))
            throw new InputException($"alert '{rule}': '{match.Groups["steps"].Value}' steps; expected a whole number from 1 up");
        var name = match.Groups["metric"].Value;
        return new AlertRule(rule.Trim(), Resolve(name, rule), match.Groups["operator"].Value, threshold, steps, match.Groups["pause"].Success);
    }

    /// <summary>
    /// Takes one step's metrics. A step that does not log the metric (an evaluation figure) leaves the rule as it is;
    /// a value that is not a number counts as not holding.
    /// </summary>
    /// <returns>True at the step at which the rule fires.</returns>
    public bool Observe(int step, IReadOnlyDictionary<string, double> metrics)
    {
        if (!metrics.TryGetValue(Metric, out var value))
            return false;
        LastValue = value;
        if (double.IsNaN(value) || !Holds(value))
        {
            (Held, _fired) = (0, false);
            return false;
        }
        if (Held == 0)
            _since = step;
        Held = step - _since + 1;
        if (_fired || Held < Steps)
            return false;
        return _fired = true;
    }

    /// <summary>Forgets what was observed.</summary>
    public void Reset() => (Held, _fired, LastValue) = (0, false, double.NaN);

    /// <summary>What a later process needs to go on counting: <see cref="Held"/>, the step it counts from, and whether the rule has fired.</summary>
    internal (int Held, int Since, bool Fired) Count
    {
        get => (Held, _since, _fired);
        set => (Held, _since, _fired) = value;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private bool Holds(double value) => Comparison switch
    {
        ">" => value > Threshold,
        ">=" => value >= Threshold,
        "<" => value < Threshold,
        "<=" => value <= Threshold,
        "==" => value.Equals(Threshold),
        _ => !value.Equals(Threshold),
    };

    // A key of the log is lower case and has no closed list (plugins add metrics); only a capitalised word must be an alias.
    private static string Resolve(string name, string rule)
    {
        if (KnownAliases.TryGetValue(name, out var metric))
            return metric;
        if (name.Any(char.IsUpper) && !name.Contains('/', StringComparison.Ordinal))
            throw new InputException($"alert '{rule}': unknown metric '{name}'{Names.Hint(name, [.. KnownAliases.Keys])}");
        return name;
    }

    [GeneratedRegex(@"^\s*(?<metric>[A-Za-z_][\w/.:-]*)\s*(?<operator>>=|<=|==|!=|>|<)\s*(?<number>[^\s,]+)"
        + @"(\s+for\s+(?<steps>[^\s,]+)\s+steps?)?(\s*,\s*(?<pause>pause))?\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
