using MoELab.Plugins;
using MoELab.Recipes.Input;

namespace MoELab.Tests.Recipes;

public sealed class RecipeErrorTests
{
    // What a user types, and the words that the sentence must hold.
    [Theory]
    [InlineData("training.stepz=3", "training.stepz", "did you mean 'steps'")]
    [InlineData("modle.layers=3", "modle", "did you mean 'model'")]
    [InlineData("training.steps=0", "training.steps", "1 to 100000000")]
    [InlineData("training.steps=many", "training.steps", "whole number")]
    [InlineData("training.steps='a > b & c'", "training.steps", "\"a > b & c\" is not valid")]
    [InlineData("training.steps=1.5", "training.steps", "whole number")]
    [InlineData("training.steps=9000000000", "training.steps", "from -2147483648 to 2147483647")]
    [InlineData("training.steps=", "training.steps", "expected a whole number")]
    [InlineData("training.final_lr=2", "training.final_lr", "0 to 1")]
    [InlineData("training.decay_shape=square", "training.decay_shape", "linear, cosine, 1-sqrt")]
    [InlineData("training.precision=bfloat16", "training.precision", "cuda")]
    [InlineData("training.batch_steps.x=4096", "training.batch_steps", "'x' is not a step")]
    [InlineData("training.batch_steps.5 steeps=4096", "training.batch_steps", "'5 steeps' is not a step")]
    [InlineData("training.warmup=fast", "training.warmup", "a share (10%)")]
    [InlineData("training.warmup=120%", "training.warmup", "a share (10%)")]
    [InlineData("training.decay=-1", "training.decay", "out of range")]
    [InlineData("training.eval_every=2.5", "training.eval_every", "a whole number, tokens such as 100M")]
    [InlineData("training.checkpoint_every=[1]", "training.checkpoint_every", "tokens (500M, 2B, 4096 tokens)")]
    [InlineData("data.phases=[{length: 3X}]", "data.phases[0].length", "a share (10%)")]
    [InlineData("schedule=[{step: 2.5, set: {}}]", "schedule[0].step", "out of range")]
    [InlineData("training.batch_steps.5=4000", "training.batch_steps.5", "4000")]
    [InlineData("training.tokens_per_step=4097", "training.tokens_per_step", "multiple")]
    [InlineData("training.micro_batch_tokens=100", "training.micro_batch_tokens", "multiple")]
    [InlineData("training=3", "training", "keys and values")]
    [InlineData("model=", "model", "keys and values")]
    [InlineData("model.active_experts=64", "model.active_experts", "more than the 16 experts")]
    [InlineData("model.kv_heads=3", "model.heads", "does not divide")]
    [InlineData("model.head_dim=63", "model.head_dim", "even")]
    [InlineData("model.dense_layers=9", "model.dense_layers", "4 layers")]
    [InlineData("model.qk_norm=maybe", "model.qk_norm", "true or false")]
    [InlineData("data.corpus=web", "data.corpus", "default or files")]
    [InlineData("data.corpus=files", "data.corpus", "sources")]
    [InlineData("data.tokenizer=bpe-x", "data.tokenizer", "bpe-N")]
    [InlineData("data.phases=[{share: 0}]", "data.phases[0].share", "out of range")]
    [InlineData("data.phases=[{shares: 1}]", "data.phases[0].shares", "did you mean 'share'")]
    [InlineData("data.phases=[{weights: {a: x}}]", "data.phases[0].weights.a", "number")]
    [InlineData("data.phases=[{weights: {a: -1}}]", "data.phases[0].weights.a", "0 or more")]
    [InlineData("data.phases=7", "data.phases", "list")]
    [InlineData("data.sources.mine=7", "data.sources.mine", "path")]
    [InlineData("router=7", "router", "plugin's name")]
    [InlineData("losses=7", "losses", "losses by name")]
    [InlineData("losses.switch=0.01", "losses.switch", "options")]
    [InlineData("optimizer=7", "optimizer", "optimizer's name")]
    [InlineData("optimizer.groups.head=7", "optimizer.groups.head", "optimizer's name")]
    [InlineData("optimizer.groups.heads=muon", "optimizer.groups.heads", "did you mean 'head'")]
    [InlineData("optimizer.muon=7", "optimizer.muon", "options")]
    [InlineData("alerts=[7]", "alerts[0]", "rule")]
    [InlineData("schedule=[{step: 0, set: {}}]", "schedule[0].step", "out of range")]
    [InlineData("schedule=[{stop: 3}]", "schedule[0].stop", "did you mean 'step'")]
    [InlineData("training.steps.x=3", "training.steps.x", "no keys")]
    [InlineData("no assignment", "no assignment", "path=value")]
    [InlineData("data.sources={a: [", "YAML", "line")]
    public void A_mistake_is_one_sentence_with_place_and_expectation(string assignment, string place, string expectation)
    {
        var message = Assert.Throws<InputException>(() => RecipeTree.WithAll("lab-tiny", [assignment])).Message;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(expectation, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("balancer=smebo", "balancer", "did you mean 'smebu'")]
    [InlineData("balancer.kapa=1", "balancer.kapa", "did you mean 'kappa'")]
    [InlineData("balancer.beta=2", "balancer.beta", "out of range")]
    [InlineData("router=sigmoid-topk", "router", "did you mean 'sigmoid-top-k'")]
    [InlineData("kernel=fast", "kernel", "no such plugin")]
    [InlineData("losses.swich={weight: 1}", "losses.swich", "no such plugin")]
    [InlineData("optimizer.groups.head=adam", "optimizer.groups.head", "no such plugin")]
    [InlineData("alerts=['MaxVio is high']", "alerts[0]", "MaxVio is high")]
    [InlineData("schedule=[{step: 5, set: {balancer: smebo}}]", "schedule, step 5", "did you mean 'smebu'")]
    [InlineData("schedule=[{step: 5, set: {training.stepz: 1}}]", "schedule, step 5", "did you mean 'steps'")]
    public void A_mistake_that_only_plugins_know_is_found_before_the_run(string assignment, string place, string expectation)
    {
        var recipe = RecipeTree.WithAll("lab-tiny", [assignment]);
        var message = Assert.Throws<InputException>(() => RecipeValidator.Validate(recipe, PlainOptimizer.Catalog())).Message;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(expectation, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_occurs_twice_is_named_with_its_line()
    {
        Assert.Equal("not YAML at line 3, column 1: the key 'name' occurs twice, here for the second time",
            Assert.Throws<InputException>(() => RecipeYaml.Parse("name: a\nmodel: {}\nname: b")).Message);
        Assert.Equal("x.json: the key 'b' occurs twice, the second time at line 3; expected a thing",
            Assert.Throws<InputException>(() => InputJson.Parse("{\"a\": [{\"b\": 1,\n\"c\": {\"b\": 2},\n\"b\": 3}]}", "x.json", "a thing")).Message);
    }

    [Fact]
    public void A_recipe_that_starts_from_itself_is_refused()
    {
        var file = Path.Combine(TestFolders.New("recipe"), "a.yaml");
        File.WriteAllText(file, "recipe: a.yaml\ntraining: { steps: 3 }\n");
        Assert.Contains("starts from itself", Assert.Throws<InputException>(() => Recipe.Load(file)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(16, true), InlineData(17, false)]
    public void A_chain_of_recipes_ends_at_its_limit(int files, bool fits)
    {
        var folder = TestFolders.New("recipe");
        for (var i = 0; i < files; i++)
            File.WriteAllText(Path.Combine(folder, $"r{i}.yaml"), $"recipe: {(i == 0 ? "lab-tiny" : $"r{i - 1}.yaml")}\ntraining: {{ seed: {i} }}\n");
        var last = Path.Combine(folder, $"r{files - 1}.yaml");
        if (fits)
            Assert.Equal(files - 1, Recipe.Load(last).Training.Seed);
        else
            Assert.Contains("more than 16 files that start from one another", Assert.Throws<InputException>(() => Recipe.Load(last)).Message);
    }

    [Fact]
    public void A_file_that_is_no_text_or_empty_is_no_recipe()
    {
        var file = Path.Combine(TestFolders.New("recipe"), "a.yaml");
        File.WriteAllBytes(file, [.. "name: caf"u8, 0xe9, (byte)'\n']);
        Assert.Equal($"{file}: bytes that are not UTF-8; expected a recipe", Assert.Throws<InputException>(() => Recipe.Load(file)).Message);
        File.WriteAllText(file, "");
        Assert.Equal($"{file}: is empty; expected a recipe", Assert.Throws<InputException>(() => Recipe.Load(file)).Message);
    }
}
