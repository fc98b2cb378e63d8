using System.Text.Json.Nodes;
using MoELab.Data;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Recipes;
using MoELab.Runs;

namespace MoELab.Training;

/// <summary>Makes or reopens a run folder and builds a trainer for it.</summary>
internal static class TrainerSetup
{
    public static Trainer Create(Recipe recipe, PluginCatalog catalog, string runs, string? name, IProgress<string>? progress)
    {
        RecipeValidator.Validate(recipe, catalog);
        ComputeSetup.Apply(recipe.Training, recipe.Training.Threads);
        var corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
        TrainingParts? parts = null;
        RunFolder? folder = null;
        try
        {
            parts = new TrainingParts(recipe, catalog, corpus, new SingleProcess());
            folder = RunFolder.Create(runs, name ?? recipe.Name);
            WriteFolder(folder, parts, catalog);
            var trainer = new Trainer(folder, parts, catalog, 0, null);
            if (name is not null && folder.Name != name)
                trainer.Events.Write(0, "config", $"the name '{name}' was taken; this run is '{folder.Name}'");
            if (parts.KernelNote is { } note)
            {
                trainer.Events.Write(0, "config", note);
                progress?.Report(note);
            }
            trainer.Events.Write(0, "config", "effective configuration", recipe.ToTree());
            trainer.Events.Write(0, "start", $"training {recipe.Name} for {recipe.Training.Steps} steps on {torch.get_num_threads()} threads", RunSummary.Floors(corpus));
            return trainer;
        }
        catch (Exception e)
        {
            parts?.Dispose();
            corpus.Dispose();
            folder?.Dispose();
            if (folder is null || !DiskError.Is(e))
                throw;
            Remove(folder.FullPath);
            throw Unwritable(folder.FullPath, e);
        }
    }

    public static Trainer? Resume(string run, PluginCatalog catalog, IProgress<string>? progress)
    {
        var folder = RunFolder.Open(run);
        PreparedCorpus? corpus = null;
        TrainingParts? parts = null;
        try
        {
            var recipe = RecipeYaml.Load(folder.At("recipe.yaml"));
            var events = new EventLog(folder.At("events.jsonl"));
            var whole = new CheckpointStore(folder.At("checkpoints")).NewestWhole((at, sentence) =>
            {
                progress?.Report(sentence);
                events.Write(at, "error", sentence);
            });
            var (step, state) = (whole?.Step ?? 0, whole?.State);
            if (state is not null)
                recipe = Recipe.FromTree(state["recipe"]!.AsObject());
            if (step >= recipe.Training.Steps)
            {
                folder.Dispose();
                return null;
            }
            catalog = catalog.ForRun(folder.FullPath);
            RecipeValidator.Validate(recipe, catalog);
            ComputeSetup.Apply(recipe.Training, state?["threads"]?.GetValue<int>() ?? recipe.Training.Threads);
            corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
            RunData.Check(folder, corpus);
            parts = new TrainingParts(recipe, catalog, corpus, new SingleProcess());
            var trainer = new Trainer(folder, parts, catalog, step, state);
            var how = state is null ? "no checkpoint: starting at the first step" : $"continuing after step {step}";
            progress?.Report($"{folder.Name}: {how}");
            trainer.Events.Write(step, "restart", how, new JsonObject { ["plugins"] = RunPlugins.Describe(RunPlugins.Used(recipe, catalog, parts.Kernel)) });
            return trainer;
        }
        catch (Exception e)
        {
            parts?.Dispose();
            corpus?.Dispose();
            folder.Dispose();
            if (DiskError.Is(e))
                throw Unwritable(folder.FullPath, e);
            throw;
        }
    }

    // A run that never began leaves no name taken.
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            // What refused the run may refuse this too; an empty folder is no run.
        }
    }

    private static RunException Unwritable(string folder, Exception e) =>
        new($"run folder '{folder}': cannot be read or written ({DiskError.Reason(e)})", e);

    private static void WriteFolder(RunFolder folder, TrainingParts parts, PluginCatalog catalog)
    {
        RunFolder.WriteAtomically(folder.At("recipe.yaml"), parts.Recipe.ToYaml());
        var plugins = RunPlugins.Used(parts.Recipe, catalog, parts.Kernel);
        RunPlugins.Keep(plugins, folder.FullPath);
        var environment = RunEnvironment.Describe();
        environment["plugins"] = RunPlugins.Describe(plugins);
        environment["device"] = parts.Device.ToString();
        environment["seed"] = parts.Recipe.Training.Seed;
        environment["recipe_hash"] = parts.Recipe.Hash();
        environment["data"] = new JsonArray([.. parts.Corpus.Domains.Select(d => (JsonNode)OptionsBinder.ToData(d))]);
        RunFolder.WriteAtomically(folder.At("environment.json"), environment.ToJsonString(new(OptionsBinder.Json) { WriteIndented = true }));
        Tokenizers.Save(parts.Corpus.Tokenizer, folder.At("tokenizer"));
    }
}
