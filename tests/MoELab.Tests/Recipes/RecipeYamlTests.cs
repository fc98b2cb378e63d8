using FsCheck;
using FsCheck.Fluent;

namespace MoELab.Tests.Recipes;

public sealed class RecipeYamlTests
{
    [Fact]
    public void Any_valid_recipe_survives_yaml() => Prop.ForAll(AnyRecipe().ToArbitrary(), recipe =>
        recipe.Equals(RecipeYaml.Parse(recipe.ToYaml())) && recipe.Hash() == RecipeYaml.Parse(recipe.ToYaml()).Hash()).QuickCheckThrowOnFailure();

    [Fact]
    public void A_difference_applied_makes_recipes_equal() => Prop.ForAll(AnyRecipe().ToArbitrary(), AnyRecipe().ToArbitrary(), (a, b) =>
    {
        Assert.Empty(a.Diff(a));
        Assert.Equal(a.Equals(b), a.Diff(b).Count == 0);
        Assert.Equal(a.Diff(b).Select(d => (d.Path, d.Left, d.Right)), b.Diff(a).Select(d => (d.Path, d.Right, d.Left)));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("training.steps: 20\nbalancer.kappa: 3", "training: { steps: 20 }\nbalancer: { kappa: 3 }")]
    [InlineData("training.steps: 20\ntraining: { seed: 4 }", "training: { steps: 20, seed: 4 }")]
    [InlineData("balancer: smebu\nbalancer.kappa: 3", "balancer: { name: smebu, kappa: 3 }")]
    [InlineData("balancer.kappa: 3\nbalancer: smebu", "balancer: { name: smebu, kappa: 3 }")]
    public void Keys_with_dots_at_the_top_are_those_of_maps(string dotted, string nested) =>
        Assert.Equal(RecipeYaml.Parse("recipe: lab-tiny\n" + nested), RecipeYaml.Parse("recipe: lab-tiny\n" + dotted));

    [Theory]
    [InlineData("training.steps: 20\ntraining: { steps: 30 }", "training.steps: given twice; expected it once")]
    [InlineData("name: a\nname.first: b", "name.first: 'name' has a value already; expected one of them")]
    [InlineData("trainin.steps: 20", "trainin: unknown key; did you mean 'training'?")]
    [InlineData("name: a\n!other name: b", "line 3: the key 'name' occurs twice, here for the second time")]
    [InlineData("training.stepz: 20", "training.stepz: unknown key; did you mean 'steps'?")]
    public void A_key_with_dots_is_refused_by_its_whole_name(string yaml, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => RecipeYaml.Parse("recipe: lab-tiny\n" + yaml)).Message);

    [Theory]
    [InlineData("true")]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("a: b")]
    [InlineData("# no comment")]
    [InlineData("1e3")]
    [InlineData("two\nlines")]
    [InlineData("~")]
    public void Words_that_look_like_something_else_stay_words(string word)
    {
        var recipe = new Recipe { Name = word };
        Assert.Equal(word, RecipeYaml.Parse(recipe.ToYaml()).Name);
    }

    [Fact]
    public void A_file_may_start_from_a_preset_and_change_a_few_values()
    {
        var recipe = RecipeYaml.Parse("""
            recipe: lab-small
            balancer: { name: sign-bias, gamma: 0.01 }
            training: { steps: 24 }
            schedule: [ { step: 12, set: { balancer: smebu } } ]
            """);
        Assert.Equal("sign-bias", recipe.Balancer.Name);
        Assert.False(recipe.Balancer.Options.ContainsKey("kappa"));
        Assert.Equal(24, recipe.Training.Steps);
        Assert.Equal(((Recipe)"lab-small").Model, recipe.Model);
        Assert.Equal((Extent)12, recipe.Schedule.Single().Step);
    }

    [Fact]
    public void Setting_values_works_on_copies()
    {
        Recipe start = "lab-small";
        var changed = start.With("balancer", "smebu", new { kappa = 3.0, lambda = 1e-3 }).With("optimizer.muon.lr=2e-3");
        Assert.Equal(3.0, changed.Balancer.Options["kappa"]!.GetValue<double>());
        Assert.Equal(2e-3, changed.Optimizer.Options["muon"]["lr"]!.GetValue<double>());
        Assert.Equal((Recipe)"lab-small", start);
        Assert.Equal(["balancer.kappa", "balancer.lambda", "optimizer.muon.lr"], changed.Diff(start).Select(d => d.Path));
    }

    [Fact]
    public void Another_balancer_drops_the_options_of_the_one_before_and_the_same_keeps_them()
    {
        Assert.Empty(((Recipe)"lab-tiny").With("balancer=none").Balancer.Options);
        Assert.NotEmpty(((Recipe)"lab-tiny").With("balancer=smebu").Balancer.Options);
    }

    [Theory]
    [InlineData("balancer=sign-bias", "balancer.gamma=0.01")]
    [InlineData("balancer.name=sign-bias", "balancer.gamma=0.01")]
    public void Another_plugin_can_be_named_and_then_given_an_option(string plugin, string option)
    {
        var changed = RecipeTree.WithAll("lab-tiny", [plugin, option]);
        Assert.Equal(PluginChoice.Of("sign-bias", new { gamma = 0.01 }), changed.Balancer);
    }

    [Fact]
    public void In_full_every_option_of_every_plugin_is_written()
    {
        using var catalog = MoELab.Plugins.PluginCatalog.Discover();
        var full = MoELab.Plugins.RecipeInFull.InFull(((Recipe)"lab-tiny").With("balancer", "smebu", new { kappa = 2.5 }, reset: true), catalog);
        Assert.Equal((2.5, 0.0005), ((double)full.Balancer.Options["kappa"]!, (double)full.Balancer.Options["lambda"]!));
        Assert.True(full.Router.Options.ContainsKey("normalise"));
        Assert.True(full.Optimizer.Options["muon"].ContainsKey("momentum"));
        Assert.Equal(full, MoELab.Plugins.RecipeInFull.InFull(full, catalog));
        Assert.Equal("balancer.lambda: 0.02 -> 0.0005", Assert.Single(MoELab.Plugins.RecipeInFull.InFull("lab-tiny", catalog).Diff(full), d => d.Path == "balancer.lambda").ToString());
    }

    [Fact]
    public void Null_takes_a_loss_or_an_option_away()
    {
        Assert.DoesNotContain("head-z", ((Recipe)"trinity-large").With("losses.head-z=null").Losses.Keys);
        Assert.False(((Recipe)"lab-tiny").With("balancer.kappa=null").Balancer.Options.ContainsKey("kappa"));
    }

    [Fact]
    public void The_hash_ignores_the_name_and_nothing_else()
    {
        Recipe recipe = "lab-tiny";
        Assert.Equal(recipe.Hash(), (recipe with { Name = "other" }).Hash());
        Assert.NotEqual(recipe.Hash(), recipe.With("training.seed=2").Hash());
    }

    [Fact]
    public void A_key_that_is_younger_than_recorded_results_counts_in_the_hash_once_it_is_set()
    {
        Recipe recipe = "lab-tiny";
        var tree = recipe.ToTree();
        tree.Remove("name");
        tree["model"]!.AsObject().Remove("null_experts");
        tree["data"]!.AsObject().Remove("shuffle_tokens");
        tree["training"]!.AsObject().Remove("ranks");
        tree["training"]!.AsObject().Remove("needle_keys");
        var older = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(tree.ToJsonString())))[..16];
        Assert.Equal(older, recipe.Hash());
        Assert.NotEqual(older, recipe.With("model.null_experts=1").Hash());
        Assert.Equal(older, recipe.With("model.null_experts=1").With("model.null_experts=0").Hash());
    }

    private static Gen<Recipe> AnyRecipe() =>
        from kv in Gen.Choose(1, 3)
        from groups in Gen.Choose(1, 4)
        from experts in Gen.Choose(1, 64)
        from active in Gen.Choose(1, experts)
        from layers in Gen.Choose(1, 12)
        from dense in Gen.Choose(0, layers)
        from sequences in Gen.Choose(1, 8)
        from rate in Gen.Choose(1, 1_000_000)
        from flags in Gen.Choose(0, 63)
        from word in Gen.Elements("bytes", "bpe-512", "o200k_base", "a path/with: colon", "007", "yes")
        from step in Gen.Choose(1, 500)
        select new Recipe
        {
            Name = word,
            Model = new ModelRecipe
            {
                KvHeads = kv,
                Heads = kv * groups,
                Experts = experts,
                ActiveExperts = active,
                Layers = layers,
                DenseLayers = dense,
                QkNorm = (flags & 1) > 0,
                GatedAttention = (flags & 2) > 0,
                SandwichNorm = (flags & 4) > 0,
                RmsEps = rate * 1e-9,
                RouteScale = rate / 7.0 / 1e6,
            },
            Balancer = new PluginChoice(word, new JsonObject { ["gamma"] = rate * 1e-7, ["word"] = word }),
            Losses = (flags & 8) > 0 ? new Dictionary<string, JsonObject> { ["switch"] = new() { ["weight"] = rate * 1e-3 } } : [],
            Optimizer = (flags & 16) > 0 ? new OptimizerRecipe() : new OptimizerRecipe(OptimizerRecipe.TrinitySplit, new Dictionary<string, JsonObject> { ["muon"] = new() { ["lr"] = rate * 1e-6 } }),
            Data = new DataRecipe { Tokenizer = word, Phases = [new PhaseRecipe { Share = rate, Weights = new Dictionary<string, double> { [word] = rate * 0.1 } }] },
            Training = new TrainingRecipe { SequenceLength = 64, MicroBatchTokens = 64, TokensPerStep = 64L * sequences, Warmup = rate * 1e-7 },
            Alerts = (flags & 32) > 0 ? ["MaxVio > 2 for 50 steps"] : [],
            Schedule = [new ScheduledChange { Step = step, Set = new Dictionary<string, JsonNode?> { ["balancer"] = word, ["balancer.gamma"] = rate } }],
        };
}
