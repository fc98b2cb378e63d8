using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MoELab.Studies.Definition;

namespace MoELab.Studies.Files;

/// <summary>The keys of a study file.</summary>
internal sealed record StudyForm
{
    /// <summary>The version of the file's keys that this program writes, and the newest that it reads.</summary>
    public const int Current = 1;

    [Description("version of the file's keys")]
    public int Version { get; init; } = Current;

    [Description("the study's name, which names its folder and its runs")]
    public string Study { get; init; } = "";

    [Description("what the study asks, in words")]
    public string Question { get; init; } = "";

    [Description("the recipe that the arms change: a preset, a file, or keys and values that may start from one with 'recipe'")]
    public JsonNode? Recipe { get; init; }

    [Description("sizes of model by name, each a recipe with its own budget and seeds: the study is then a ladder")]
    [Form("rungs by name", "a rung, such as { recipe: depth-4, budget: 2M tokens }")]
    public IReadOnlyDictionary<string, JsonObject> Rungs { get; init; } = new Dictionary<string, JsonObject>();

    [Description("arms by name, each with what it changes; the first is what the others are compared with")]
    [Form("arms by name", "what the arm changes, such as { balancer: none }, or {} for the recipe as it is")]
    public IReadOnlyDictionary<string, JsonObject> Arms { get; init; } = new Dictionary<string, JsonObject>();

    [Description("axes that multiply the arms"), Form("a list of axes", "a path with its values")]
    public IReadOnlyList<GridAxis> Grid { get; init; } = [];

    [Description("how many seeds, from the recipe's own upwards, or a list of them")]
    public JsonNode? Seeds { get; init; }

    [Description("what each run may spend: 300 steps, 2M tokens, 1.5e15 FLOPs or 10 minutes")]
    public string Budget { get; init; } = "";

    [Description("the metric that decides, smaller being better")]
    public string Metric { get; init; } = new Study().Metric;

    [Range(0.0, 1e9), Description("the smallest difference in the metric that matters; 0: not said")]
    public double Difference { get; init; }

    [Description("the loss law that turns a difference into a speedup; absent: no speedup is stated")]
    public LawForm? Law { get; init; }

    [Description("recipe paths in which arms may differ beside those that they name")]
    public IReadOnlyList<string> Differs { get; init; } = [];

    [Description("published claims that the arms put to the test"), Form("a list of claims", "a claim, such as { text: ..., arm: none, expects: higher }")]
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    [Range(1, 1024), Description("threads of each run")]
    public int Threads { get; init; } = 1;

    [Range(0, 1024), Description("runs that train at once; 0: as many as there are cores for")]
    public int Processes { get; init; }
}

/// <summary>A loss law in a study file.</summary>
internal sealed record LawForm
{
    [Range(0.0, 1e6), Description("what the metric tends to with endless compute")]
    public double Floor { get; init; }

    [Range(1e-6, 10.0), Description("exponent of compute")]
    public double Exponent { get; init; } = 0.1;
}
