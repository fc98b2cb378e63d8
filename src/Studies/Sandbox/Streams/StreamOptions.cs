using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// Where a sandbox's router logits come from: <c>z[t, e] = mean[e] + noise * x[t, e]</c>, with <c>x</c> standard normal. Each stream says how the
/// means come about, and what tokens share.
/// </summary>
public abstract record StreamOptions
{
    // By hand and in the order of the documentation: the records are few, and their names are what users type.
    private static readonly (string Name, Func<StreamOptions> Make)[] Known =
    [
        ("stationary", () => new StationaryOptions()),
        ("drifting", () => new DriftingOptions()),
        ("correlated", () => new CorrelatedOptions()),
        ("domains", () => new DomainOptions()),
        ("feedback", () => new FeedbackOptions()),
    ];

    /// <summary>Every stream's name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(k => k.Name)];

    /// <summary>The name by which commands know the stream.</summary>
    public abstract string Name { get; }

    /// <summary>Mean of the logits over the experts; a sigmoid of 0 is a score of 0.5.</summary>
    [Range(-10.0, 10.0), Description("Mean of the logits over the experts.")]
    public double Level { get; init; }

    /// <summary>Standard deviation, over the experts, of an expert's mean logit.</summary>
    [Range(0.0, 10.0), Description("Standard deviation, over the experts, of an expert's mean logit.")]
    public double Spread { get; init; } = 0.5;

    /// <summary>Standard deviation of a token's logit around its expert's mean.</summary>
    [Range(1e-3, 10.0), Description("Standard deviation of a token's logit around its expert's mean.")]
    public double Noise { get; init; } = 1;

    /// <summary>A stream by name, with options as data.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="options">Options that differ from the defaults, in snake_case.</param>
    /// <exception cref="InputException">No such stream, an unknown option, or a value out of range.</exception>
    public static StreamOptions Of(string name, JsonObject? options = null)
    {
        var make = Array.Find(Known, k => k.Name == name).Make
            ?? throw new InputException($"stream '{name}': no such stream{Recipes.Options.Names.Hint(name, [.. Names])}");
        return (StreamOptions)OptionsBinder.Bind(make().GetType(), options ?? [], "stream", name);
    }

    /// <summary>The stream of one layer.</summary>
    internal abstract ScoreStream Create(StreamPlace place);
}
