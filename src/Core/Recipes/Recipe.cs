using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace MoELab.Recipes;

/// <summary>What an experiment is: immutable, comparable, readable from YAML and written back to it.</summary>
public sealed record Recipe
{
    /// <summary>The recipe's name; runs take theirs from it.</summary>
    [Description("the recipe's name")]
    public string Name { get; init; } = "recipe";

    /// <summary>The architecture.</summary>
    [Description("the architecture")]
    public ModelRecipe Model { get; init; } = new();

    /// <summary>How tokens choose experts.</summary>
    [Description("how tokens choose experts")]
    public PluginChoice Router { get; init; } = new("sigmoid-top-k");

    /// <summary>How the expert bias moves.</summary>
    [Description("how the expert bias moves")]
    public PluginChoice Balancer { get; init; } = new("smebu");

    /// <summary>Which kernel computes the experts; <c>auto</c> takes the fastest that runs here.</summary>
    [Description("which kernel computes the experts")]
    public PluginChoice Kernel { get; init; } = new("auto");

    /// <summary>Auxiliary losses by name, each with its options (<c>weight</c> among them).</summary>
    [Description("auxiliary losses by name"), Form("losses by name", "the loss's options, such as { weight: 0.001 }")]
    public IReadOnlyDictionary<string, JsonObject> Losses { get; init; } = new Dictionary<string, JsonObject>();

    /// <summary>Which optimizer moves which parameters.</summary>
    [Description("which optimizer moves which parameters")]
    public OptimizerRecipe Optimizer { get; init; } = new();

    /// <summary>What the run reads.</summary>
    [Description("what the run reads")]
    public DataRecipe Data { get; init; } = new();

    /// <summary>How long, how fast and on what it trains.</summary>
    [Description("how long, how fast and on what it trains")]
    public TrainingRecipe Training { get; init; } = new();

    /// <summary>Rules such as <c>MaxVio &gt; 2 for 50 steps</c>; a rule that ends in <c>pause</c> pauses the run.</summary>
    [Description("alert rules"), Form("a list of rules", "a rule such as 'MaxVio > 2 for 50 steps'")]
    public IReadOnlyList<string> Alerts { get; init; } = [];

    /// <summary>Changes at later steps.</summary>
    [Description("changes at later steps"), Form("a list of changes", "a step and what to set")]
    public IReadOnlyList<ScheduledChange> Schedule { get; init; } = [];

    /// <summary>What it was changed from; null where it was not.</summary>
    internal RecipeOrigin? Origin { get; init; }

    /// <summary>What refuses a change of it; null where it came from no lab.</summary>
    internal IRecipeCheck? Check { get; init; }

    /// <summary>The recipe as data: the tree that YAML, <c>--set</c> and diffs work on.</summary>
    public JsonObject ToTree() => JsonSerializer.SerializeToNode(this, OptionsBinder.Json)!.AsObject();

    /// <summary>A recipe from data.</summary>
    /// <exception cref="InputException">An unknown key or a value that is not valid.</exception>
    public static Recipe FromTree(JsonObject tree) => RecipeTree.Bind(tree);

    /// <summary>
    /// The recipe with one value changed: <c>With("balancer.kappa=3")</c>. A recipe that came from a <see cref="Lab"/> or is changed in a
    /// notebook's cell refuses plugins and options that do not exist at once; any other refuses them when a run starts.
    /// </summary>
    /// <exception cref="InputException">An unknown key, or a value that is not valid.</exception>
    public Recipe With(string assignment)
    {
        var (path, value) = RecipeTree.ParseAssignment(assignment);
        return Changed(path, value);
    }

    /// <summary>The recipe with one value changed: <c>With("training.steps", 100)</c>. A plugin that stays keeps its options.</summary>
    /// <exception cref="InputException">An unknown key, or a value that is not valid.</exception>
    public Recipe With(string path, object value) => Changed(path, JsonSerializer.SerializeToNode(value, OptionsBinder.Json));

    /// <summary>
    /// The recipe with a plugin and options of it: <c>With("balancer", "smebu", new { kappa = 3.0 })</c>. Options that are not named stay as
    /// they are where the plugin stays, and take the plugin's defaults where it is another.
    /// </summary>
    /// <param name="path"><c>router</c>, <c>balancer</c> or <c>kernel</c>.</param>
    /// <param name="plugin">The plugin's name.</param>
    /// <param name="options">Options from an anonymous object, a record or a dictionary.</param>
    /// <param name="reset">Whether a plugin that stays drops its options too; <c>reset = true</c> among the options does the same.</param>
    /// <exception cref="InputException">An unknown plugin or option, or a value that is not valid.</exception>
    public Recipe With(string path, string plugin, object options, bool reset = false)
    {
        var value = new JsonObject { ["name"] = plugin };
        foreach (var (key, option) in OptionsBinder.ToData(options))
            value[key] = option?.DeepClone();
        if (reset)
            value[RecipeEdit.ResetKey] = true;
        return Changed(path, value);
    }

    /// <summary>Every leaf that differs: path, this value, the other's value.</summary>
    public IReadOnlyList<RecipeDifference> Diff(Recipe other) => RecipeTree.Diff(ToTree(), other.ToTree());

    /// <summary>
    /// Sixteen hex digits over everything except the name. A key that is younger than recorded results does not count while it has its default.
    /// </summary>
    public string Hash() => RecipeHash.Of(this);

    /// <summary>A preset's name or a YAML file's path.</summary>
    /// <exception cref="InputException">No such preset and no such file.</exception>
    public static implicit operator Recipe(string nameOrPath) => Load(nameOrPath);

    /// <summary>Loads a preset by name, or a YAML file.</summary>
    /// <exception cref="InputException">No such preset and no such file, or the file cannot be used.</exception>
    public static Recipe Load(string nameOrPath) => RecipeYaml.Load(nameOrPath);

    /// <summary>The recipe as YAML.</summary>
    public string ToYaml() => RecipeYaml.Write(ToTree());

    /// <inheritdoc/>
    public bool Equals(Recipe? other) => other is not null && JsonNode.DeepEquals(ToTree(), other.ToTree());

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    internal Recipe Changed(string path, JsonNode? value)
    {
        var origin = (Origin ?? new RecipeOrigin(this, [])).Then(path, value);
        var next = FromTree(RecipeTree.Set(ToTree(), path, value)) with { Origin = origin, Check = Check };
        (Check ?? IRecipeCheck.Ambient.Value)?.Changed(this, next);
        return next;
    }
}

/// <summary>A change at a later step.</summary>
public sealed record ScheduledChange
{
    /// <summary>The change takes effect before this step (from 1), or the first after so many tokens (<c>2B</c>) or share (<c>50%</c>).</summary>
    [Range(0, 100_000_000), Description("the change takes effect before this step, or the first after so many tokens (2B) or share of the run (50%)")]
    public Extent Step { get; init; } = 1;

    /// <summary>Paths to new values, as in <c>--set</c>.</summary>
    [Description("paths to new values"), Form("paths with a value each", "a value")]
    public IReadOnlyDictionary<string, JsonNode?> Set { get; init; } = new Dictionary<string, JsonNode?>();
}

/// <summary>One leaf that differs between two recipes.</summary>
/// <param name="Path">Dotted path.</param>
/// <param name="Left">Value in the first, null when absent.</param>
/// <param name="Right">Value in the second, null when absent.</param>
public sealed record RecipeDifference(string Path, string? Left, string? Right)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Left ?? "(not set)"} -> {Right ?? "(not set)"}";
}
