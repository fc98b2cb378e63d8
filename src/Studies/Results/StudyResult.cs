using System.Text.Json;
using System.Text.Json.Serialization;
using MoELab.Runs.Reading;

namespace MoELab.Studies.Results;

/// <summary>One run of a study: one line of <c>results.jsonl</c>.</summary>
public sealed record StudyResult
{
    /// <summary>The version of these keys.</summary>
    public const int Current = 1;

    /// <summary>The version of the line's keys.</summary>
    [JsonPropertyOrder(-1)]
    public int Schema { get; init; } = Current;

    /// <summary>The study's name.</summary>
    public string Study { get; init; } = "";

    /// <summary>The arm's name.</summary>
    public string Arm { get; init; } = "";

    /// <summary>The seed.</summary>
    public long Seed { get; init; }

    /// <summary>What became of it.</summary>
    public ResultStatus Status { get; init; }

    /// <summary>Why it does not count; empty for a run that does.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The name of the run's folder.</summary>
    public string Run { get; init; } = "";

    /// <summary>Hash of the effective recipe, seed included.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>Hash of the effective recipe without the seed: equal for all runs of an arm.</summary>
    public string ArmRecipe { get; init; } = "";

    /// <summary>Hash over the plugins that the recipe names, each by the hash of its assembly.</summary>
    public string Plugins { get; init; } = "";

    /// <summary>Hash of the core's assembly.</summary>
    public string Code { get; init; } = "";

    /// <summary>The commit that it was built from; empty where it is not known.</summary>
    public string Commit { get; init; } = "";

    /// <summary>The processor.</summary>
    public string Processor { get; init; } = "";

    /// <summary>Steps that it trained.</summary>
    public int Steps { get; init; }

    /// <summary>Tokens that it read.</summary>
    public double Tokens { get; init; }

    /// <summary>FLOPs of its training, without Newton-Schulz.</summary>
    public double Flops { get; init; }

    /// <summary>Seconds of its training.</summary>
    public double Seconds { get; init; }

    /// <summary>When the line was written, UTC.</summary>
    public DateTime Written { get; init; }

    /// <summary>The run in figures: every metric of its log, as <see cref="RunFigures.Of(RunReader, string)"/> defines it, and <c>max_vio/peak</c>.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The study's metric along the run, as pairs of step and value, where it is evaluated now and then; else empty.</summary>
    public IReadOnlyList<double[]> Curve { get; init; } = [];

    /// <summary>Whether it counts.</summary>
    [JsonIgnore]
    public bool Counts => Status == ResultStatus.Keep;

    internal string ToJson() => JsonSerializer.Serialize(this, OptionsBinder.Json);

    /// <exception cref="InputException">It was written by a newer program.</exception>
    /// <exception cref="JsonException">It is damaged.</exception>
    internal static StudyResult Parse(string line)
    {
        var result = JsonSerializer.Deserialize<StudyResult>(line, OptionsBinder.Json) ?? throw new JsonException("null");
        return result.Schema is > 0 and <= Current ? result
            : throw new InputException($"schema {result.Schema} is newer than this program reads; expected {Current}");
    }
}
