using MoELab.Data.Preparation;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

/// <summary>
/// No coefficient is silently inert: every key of a recipe and every option of every plugin, found through their schemas, changes
/// what a run of a few steps measures, beyond the terms that merely repeat it. What must not change anything stands below with a reason.
/// </summary>
[Trait("bug", "inert-config")]
public sealed class CoefficientTests(CoefficientTests.Fixture fixture) : IClassFixture<CoefficientTests.Fixture>
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    /// <summary>Keys that do not change what training computes, and why.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["name"] = "names the run folder only",
        ["kernel"] = "kernels give the same result to rounding; TrainerTests.Every_kernel_gives_the_same_losses_to_rounding",
        ["alerts"] = "watch a run; InboxTests.An_alert_that_pauses_waits_for_somebody",
        ["schedule"] = "changes later steps; InboxTests.A_scheduled_change_in_the_recipe_equals_the_same_change_by_hand",
        ["schedule[].step"] = "as schedule",
        ["schedule[].set"] = "as schedule",
        ["model"] = "a section; its keys are tested one by one",
        ["data"] = "a section; its keys are tested one by one",
        ["training"] = "a section; its keys are tested one by one",
        ["optimizer"] = "a section; its groups and options are tested one by one",
        ["losses"] = "a section; each loss and its options are tested one by one",
        ["router"] = "each router and its options are tested one by one",
        ["balancer"] = "each balancer and its options are tested one by one",
        ["data.corpus"] = "names the default domains, which are too large for a tiny run; the data tests read them",
        ["data.phases[].weights"] = "tested as data.phases",
        ["training.activation_checkpointing"] = "must not change a digit; Recomputing_blocks_changes_no_digit",
        ["training.eval_every"] = "measures; TrainerTests.Evaluation_leaves_no_trace_in_training",
        ["training.eval_tokens"] = "measures, as eval_every",
        ["training.eval_final_tokens"] = "measures, as eval_every",
        ["training.start_from"] = "needs another run; BranchTests",
        ["training.checkpoint_every"] = "saves; ResumeTests",
        ["training.keep_checkpoints"] = "saves, as checkpoint_every",
        ["training.device"] = "another device than the processor may not be here",
        ["training.precision"] = "another precision than float32 is refused on the processor; RecipeErrorTests",
        ["training.needle_keys"] = "measures; NeedleSearchTests",
        ["training.ranks"] = "changes rounding at most; RankedRunTests",
        ["training.threads"] = "changes rounding at most",
        ["router.replay.path"] = "needs a recording; ReplayRouterTests",
    };

    /// <summary>Values where neither twice, half nor the next word of a value is a change that a tiny run can show.</summary>
    private static readonly Dictionary<string, object> Values = new()
    {
        ["model.init_sigma"] = 0.3,
        ["model.latent"] = 16,
        ["model.vocabulary"] = 300,
        ["data.sources"] = "numbers alone",
        ["data.tokenizer"] = "bpe-300",
        ["data.phases"] = new[] { new { share = 1, weights = new { numbers = 1.0 } } },
        ["data.phases[].share"] = 9.0,
        ["data.phases[].length"] = "90%",
        ["training.decay"] = 0.3,
        ["data.min_document_tokens"] = 240,
        ["data.max_bytes_per_domain"] = 20_000,
        ["training.warmup"] = 0.9,
        ["training.clip_norm"] = 0.01,
        ["training.batch_steps"] = new Dictionary<string, long> { ["2"] = 512 },
        ["balancer.sign-bias.variant"] = "plain",
        ["balancer.sign-bias.warmup"] = 0.9,
        ["losses.running-window.steps"] = 1,
        ["router.sinkhorn.tolerance"] = 0.5,
        ["router.sinkhorn.max_iterations"] = 1,
        ["router.group-limited.groups"] = 4,
        ["router.group-limited.kept_groups"] = 1,
    };

    /// <summary>What must be set beside a key before it can matter.</summary>
    private static readonly Dictionary<string, (string Path, object Value)> Context = new()
    {
        ["data.phases[].length"] = ("data.phases", new object[] { new { share = 1, weights = new { numbers = 1.0 } }, new { share = 1, weights = new { words = 1.0 } } }),
        ["data.phases[].share"] = ("data.phases", new object[] { new { share = 1, weights = new { numbers = 1.0 } }, new { share = 1, weights = new { words = 1.0 } } }),
        ["model.latent_norm"] = ("model.latent", 16),
        // Documents end within the few sequences of the run.
        ["model.intra_document_mask"] = ("data.packing", "sequential"),
        ["router.group-limited.groups"] = ("router.kept_groups", 2),
        ["router.group-limited.kept_groups"] = ("router.groups", 4),
        ["optimizer.lion.decay_vectors"] = ("optimizer.lion.weight_decay", 0.5),
        // The load loss stands at no other router.
        ["losses.load.weight"] = ("router", "noisy-top-k"),
        ["balancer.sign-bias.final"] = ("balancer.schedule", "cosine"),
        ["balancer.quantile.bins"] = ("balancer.estimator", "bins"),
        ["router.remoe.alpha"] = ("router.lambda0", 0.01),
        ["router.remoe.load_refined"] = ("router.lambda0", 0.01),
    };

    /// <summary>Metrics that repeat a coefficient instead of showing its effect.</summary>
    private static readonly string[] Repeats = ["loss/total", "loss/aux/", "learning_rate_factor", "tokens", "tokens_total", "batch_het"];

    public static TheoryData<string> Keys => [.. AllKeys().Where(k => !Exceptions.ContainsKey(k))];

    /// <summary>Every plugin that acts in training.</summary>
    public static TheoryData<string> Plugins => [.. Acting().Select(p => $"{Section(p.Kind)}.{p.Name}")];

    [Theory, MemberData(nameof(Keys))]
    public void Every_key_and_option_changes_the_run(string key)
    {
        var (before, after) = Pair(key);
        Assert.NotEqual(fixture.Rows(before), fixture.Rows(after));
    }

    [Theory, MemberData(nameof(Plugins))]
    public void Every_plugin_changes_the_run(string plugin)
    {
        var recipe = With(fixture.Recipe, plugin);
        var without = plugin.StartsWith("balancer.", StringComparison.Ordinal) && plugin != "balancer.none" ? With(fixture.Recipe, "balancer.none")
            : plugin.StartsWith("router.", StringComparison.Ordinal) && !plugin.EndsWith(".softmax-top-k", StringComparison.Ordinal) ? With(fixture.Recipe, "router.softmax-top-k")
            : plugin.StartsWith("optimizer.", StringComparison.Ordinal) ? With(fixture.Recipe, plugin == "optimizer.lion" ? "optimizer.adamw" : "optimizer.lion")
            : plugin == "losses.load" ? With(fixture.Recipe, "router.noisy-top-k") : fixture.Recipe;
        if (plugin == "router.softmax-top-k")
            without = With(fixture.Recipe, "router.top-k-softmax");
        Assert.NotEqual(fixture.Rows(without), fixture.Rows(recipe));
    }

    [Theory, InlineData("hidden"), InlineData("experts"), InlineData("router"), InlineData("embedding"), InlineData("head"), InlineData("vectors")]
    public void Every_role_follows_its_optimizer(string role)
    {
        Assert.Contains(role, OptimizerRecipe.TrinitySplit.Keys);
        Assert.NotEqual(fixture.Rows(fixture.Recipe), fixture.Rows(fixture.Recipe.With($"optimizer.groups.{role}=lion")));
    }

    [Fact]
    public void Every_exception_and_value_names_a_key_that_exists()
    {
        var known = AllKeys().ToHashSet();
        Assert.DoesNotContain(Exceptions.Keys.Concat(Values.Keys).Concat(Context.Keys), k => !known.Contains(k));
        Assert.DoesNotContain(Values.Keys, Exceptions.ContainsKey);
        Assert.Equal(OptimizerRecipe.TrinitySplit.Keys, Enum.GetNames<ParameterRole>().Select(Names.Snake).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Recomputing_blocks_changes_no_digit() =>
        Assert.Equal(fixture.Rows(fixture.Recipe), fixture.Rows(fixture.Recipe.With("training.activation_checkpointing", true)));

    [Fact]
    public void The_same_recipe_measures_the_same_twice()
    {
        var once = fixture.Rows(fixture.Recipe);
        fixture.Forget();
        Assert.Equal(once, fixture.Rows(fixture.Recipe));
    }

    private static IEnumerable<PluginInfo> Acting() => Catalog.All.Where(p => p.Source != "registered"
        && p.Kind is PluginKind.Router or PluginKind.Balancer or PluginKind.AuxiliaryLoss or PluginKind.Optimizer && p.Name is not ("replay" or "none"));

    private static IEnumerable<string> AllKeys() => RecipeKeys.All.Select(k => k.Path)
        .Concat(Catalog.All.Where(p => p.Source != "registered" && Section(p.Kind) is not null).SelectMany(p => p.Options.Select(o => $"{Section(p.Kind)}.{p.Name}.{o.Name}")));

    private static string? Section(PluginKind kind) => kind switch
    {
        PluginKind.Router => "router",
        PluginKind.Balancer => "balancer",
        PluginKind.AuxiliaryLoss => "losses",
        PluginKind.Optimizer => "optimizer",
        _ => null,
    };

    /// <summary>A recipe in which a plugin acts with its default options.</summary>
    private static Recipe With(Recipe recipe, string plugin)
    {
        var (section, name) = (plugin[..plugin.IndexOf('.')], plugin[(plugin.IndexOf('.') + 1)..]);
        return section switch
        {
            "losses" when name == "load" => recipe.With("router", "noisy-top-k") with { Losses = new Dictionary<string, JsonObject> { [name] = [] } },
            "losses" => recipe with { Losses = new Dictionary<string, JsonObject> { [name] = [] } },
            "optimizer" => recipe with { Optimizer = new OptimizerRecipe(OptimizerRecipe.TrinitySplit.ToDictionary(g => g.Key, g => name is "adamw" or "lion" || g.Value == "muon" ? name : g.Value), new Dictionary<string, JsonObject>()) },
            _ => recipe.With(section, name),
        };
    }

    private (Recipe Before, Recipe After) Pair(string key)
    {
        var parts = key.Split('.');
        var kinds = new[] { "router", "balancer", "losses", "optimizer" };
        Recipe recipe;
        string path;
        OptionInfo option;
        if (parts.Length == 3 && kinds.Contains(parts[0]))
        {
            recipe = With(fixture.Recipe, $"{parts[0]}.{parts[1]}");
            path = parts[0] is "losses" or "optimizer" ? key : $"{parts[0]}.{parts[2]}";
            option = Acting().Single(p => Section(p.Kind) == parts[0] && p.Name == parts[1]).Options.Single(o => o.Name == parts[2]);
        }
        else
        {
            recipe = fixture.Recipe;
            path = key.Replace("[]", "[0]", StringComparison.Ordinal);
            option = RecipeKeys.All.Single(k => k.Path == key).Key;
        }
        if (Context.TryGetValue(key, out var context))
            recipe = recipe.With(context.Path, context.Value);
        if (key == "data.sources")
            return (recipe, recipe with { Data = recipe.Data with { Sources = recipe.Data.Sources.Take(1).ToDictionary() } });
        if (key == "data.phases[].share")
            return (recipe, recipe with { Data = recipe.Data with { Phases = [recipe.Data.Phases[0] with { Share = (double)Values[key] }, .. recipe.Data.Phases.Skip(1)] } });
        if (key == "data.phases[].length")
            return (recipe, recipe with { Data = recipe.Data with { Phases = [recipe.Data.Phases[0] with { Length = (string)Values[key] }, .. recipe.Data.Phases.Skip(1)] } });
        var current = path.Split('.').Aggregate((JsonNode?)recipe.ToTree(), (node, step) => (node as JsonObject)?[step]);
        var value = Values.TryGetValue(key, out var wanted) ? wanted : Other(key, option, current);
        return (recipe, recipe.With(path, value));
    }

    /// <summary>The next word, the other truth value, or twice, half or a little of a number.</summary>
    private static object Other(string key, OptionInfo option, JsonNode? current)
    {
        var bare = Nullable.GetUnderlyingType(option.Type) ?? option.Type;
        var now = current?.ToString() ?? (option.Default is Enum word ? System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(word.ToString()) : option.Default?.ToString());
        if (option.Choices.Count > 0)
            return option.Choices.First(c => c != now);
        if (bare == typeof(bool))
            return !bool.Parse(now!);
        if (bare != typeof(int) && bare != typeof(long) && bare != typeof(double))
            throw new InvalidOperationException($"'{key}' has no other value that can be guessed; give it one in {nameof(CoefficientTests)}, or a reason why it does not matter");
        var number = double.Parse(now!, System.Globalization.CultureInfo.InvariantCulture);
        var whole = bare != typeof(double);
        var other = number == 0 ? Math.Min(option.Max ?? 1, whole ? 1 : 0.1)
            : 2 * number <= (option.Max ?? double.MaxValue) ? 2 * number : number / 2;
        return whole ? (long)Math.Ceiling(other) : other;
    }

    /// <summary>Runs of four steps, each recipe once.</summary>
    public sealed class Fixture : IDisposable
    {
        private const int Steps = 4;
        private readonly TinyRuns _tiny = new();
        private readonly Dictionary<string, string[]> _rows = [];

        public Recipe Recipe => _tiny.Recipe with
        {
            Losses = new Dictionary<string, JsonObject>(),
            Model = _tiny.Recipe.Model with { GlobalEvery = 2 },
            Training = _tiny.Recipe.Training with { Steps = Steps, Decay = 1 },
        };

        public string[] Rows(Recipe recipe)
        {
            var key = recipe.Hash();
            return _rows.TryGetValue(key, out var rows) ? rows : _rows[key] = Run(recipe);
        }

        public void Forget() => _rows.Clear();

        public void Dispose() => _tiny.Dispose();

        private static string[] Run(Recipe recipe)
        {
            var bound = BoundRecipe.Of(recipe, Catalog);
            using var corpus = PreparedCorpus.Prepare(recipe.Data, Catalog);
            using var parts = new TrainingParts(bound, Catalog, corpus, new SingleProcess());
            var (runner, history) = (new StepRunner(parts), new GradientHistory());
            return [.. Enumerable.Range(1, Steps).Select(step =>
            {
                var outcome = runner.Run(step);
                Assert.Null(outcome.Skipped);
                var row = MetricCatalog.Row(step, outcome, [.. corpus.Domains.Select(d => d.Name)], history, 0);
                return string.Join(' ', row.Values.Where(v => !Repeats.Any(r => v.Key == r || (r.EndsWith('/') && v.Key.StartsWith(r, StringComparison.Ordinal))))
                    .OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value:R}"));
            })];
        }
    }
}
