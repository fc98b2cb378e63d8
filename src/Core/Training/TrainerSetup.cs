using MoELab.Data;
using MoELab.Data.Preparation;
using MoELab.Data.Tokenization;
using MoELab.Experts;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Routing;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training.Checkpoints;
using MoELab.Training.Ranks;
using MoELab.Training.Steps;

namespace MoELab.Training;

/// <summary>Makes or reopens a run folder and builds a trainer for it.</summary>
internal static class TrainerSetup
{
    private const string TrainCommand = "moelab train";

    public static Trainer Create(Recipe recipe, PluginCatalog catalog, string runs, string? name, IProgress<string>? progress, IProcessGroup? group = null)
    {
        if (recipe.Training.Ranks != (group?.Size ?? 1))
            throw new InputException($"training.ranks: {recipe.Training.Ranks} processes train this recipe together, which '{TrainCommand}' starts; "
                + "expected 1 for training inside this process");
        var start = recipe.Training.StartFrom.Length > 0 ? StartingPoint.Of(recipe, runs) : null;
        catalog = start is null ? catalog : catalog.ForRun(start.Run);
        // A name stays as it is written, so that the recipe is the same wherever it is trained.
        recipe = start is null or { IsByName: true } ? recipe : recipe with { Training = recipe.Training with { StartFrom = start.Folder } };
        var bound = BoundRecipe.Of(recipe, catalog);
        var beside = RecipeChange.Sentence(RecipeChange.Beside(recipe, catalog));
        // Every option in force is written down, so that a later default changes no run that exists.
        recipe = bound.Recipe;
        ComputeSetup.Apply(recipe.Training, FollowingRank.Threads(recipe.Training));
        var corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
        TrainingParts? parts = null;
        RunFolder? folder = null;
        try
        {
            RequireDistinct(corpus.Domains);
            var loaded = start is null ? bound : BoundRecipe.Of(start.RecipeToLoad(recipe), catalog);
            parts = new TrainingParts(loaded, catalog, corpus, group ?? new SingleProcess(), start?.Past(recipe));
            folder = RunFolder.Create(runs, name ?? recipe.Name);
            var plugins = WriteFolder(folder, recipe, parts, catalog);
            var trainer = new Trainer(folder, parts, catalog, start?.Step ?? 0, start?.State, start?.Store);
            if (name is not null && folder.Name != name)
                trainer.Events.Write(0, EventKind.Config, $"the name '{name}' was taken; this run is '{folder.Name}'");
            Tell(EventKind.Config, parts.KernelNote);
            Tell(EventKind.Note, RouterCausality.Note(recipe.Router.Name, parts.Model.Router));
            trainer.Events.Write(0, EventKind.Config, "effective configuration", recipe.ToTree());
            trainer.Events.Write(0, EventKind.Config, $"plugins in force: {string.Join(", ", plugins.Select(p => p.Id))}",
                new JsonObject { ["plugins"] = RunPlugins.Describe(plugins) });
            Tell(EventKind.Config, beside);
            var extent = start is null ? $"for {recipe.Training.Steps} steps"
                : $"from step {start.Step} of '{Path.GetFileName(start.Run)}' to step {recipe.Training.Steps}";
            trainer.Events.Write(0, EventKind.Start, $"training {recipe.Name} {extent} on {torch.get_num_threads()} threads", Floors(parts));
            trainer.BeginRanks(start?.Store, start?.Run, start is null ? null : recipe);
            if (start is not null)
                trainer.BeginWith(recipe);
            return trainer;

            void Tell(EventKind kind, string? sentence)
            {
                if (sentence is null)
                    return;
                trainer.Events.Write(0, kind, sentence);
                progress?.Report(sentence);
            }
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

    public static Trainer? Resume(string run, PluginCatalog catalog, IProgress<string>? progress, DamagedRows damaged, bool trust,
        IProcessGroup? group = null)
    {
        var folder = RunFolder.Open(run);
        PreparedCorpus? corpus = null;
        TrainingParts? parts = null;
        try
        {
            var recipe = RecipeYaml.Load(folder.At("recipe.yaml"));
            using var events = new EventLog(folder.At("events.jsonl"));
            List<string> repaired = [];
            if (damaged != DamagedRows.Refuse)
                RunRepair.Check(folder, damaged, repaired.Add);
            var whole = new CheckpointStore(folder.At("checkpoints")).NewestWhole((at, sentence) =>
            {
                progress?.Report(sentence);
                events.Write(at, EventKind.Error, sentence);
            });
            var (step, state) = (whole?.Step ?? 0, whole?.State);
            if (state is not null)
                recipe = TrainingCheckpoint.RecipeOf(step, state);
            if (whole is null && recipe.Training.StartFrom.Length > 0)
                throw new InputException($"run '{folder.Name}': it has no complete checkpoint of its own, "
                    + $"and began from {recipe.Training.StartFrom}; start it again from there");
            // Trained again it would write the same, but nobody asked for the hours. Damage that was told of since is an event too, and no end.
            if (whole is null && damaged != DamagedRows.Rewind
                && RunReader.Open(folder.FullPath).Events.LastOrDefault(e =>
                    e.Kind is EventKind.Start or EventKind.Restart or EventKind.Finish)?.Kind == EventKind.Finish)
                throw new InputException($"run '{folder.Name}': it has finished and has no complete checkpoint; "
                    + "expected one to continue from, or train its recipe.yaml again");
            if (step >= recipe.Training.Steps)
            {
                if (group is not null)
                    new RankLink(group).End();
                folder.Dispose();
                return null;
            }
            if (damaged == DamagedRows.Refuse)
                RunRepair.Check(folder, damaged, repaired.Add);
            foreach (var sentence in repaired)
            {
                progress?.Report($"{folder.Name}: {sentence}");
                events.Write(step, EventKind.Error, sentence);
            }
            catalog = catalog.ForRun(folder.FullPath, trust, progress);
            var ranks = recipe.Training.Ranks;
            recipe = recipe with { Training = recipe.Training with { Ranks = group?.Size ?? 1 } };
            var bound = BoundRecipe.Of(recipe, catalog);
            // A run of an older version left defaults out; from here on they are written too.
            recipe = bound.Recipe;
            ComputeSetup.Apply(recipe.Training, FollowingRank.Threads(recipe.Training, ranks == recipe.Training.Ranks ? Threads(step, state) : null));
            corpus = PreparedCorpus.Prepare(recipe.Data, catalog, progress);
            RunData.Check(folder, corpus);
            var began = recipe.Kernel.Name == ExpertKernels.Auto ? RunPlugins.Kernel(folder) : null;
            var here = began is null || catalog.Versions.Any(p => p.Kind == PluginKind.ExpertKernel && p.Name == began);
            parts = new TrainingParts(bound, catalog, corpus, group ?? new SingleProcess(), TrainingCheckpoint.Past(step, state), here ? began : null);
            var trainer = new Trainer(folder, parts, catalog, step, state);
            trainer.BeginRanks(state is null ? null : new CheckpointStore(folder.At("checkpoints")));
            if (ranks != recipe.Training.Ranks)
                trainer.Events.Write(step, EventKind.Config, $"continues on {(recipe.Training.Ranks == 1 ? "one process" : $"{recipe.Training.Ranks} processes")} (was {ranks})");
            var note = here ? parts.KernelNote : $"kernel '{began}', with which the run began, is not available; '{parts.Kernel}' is used instead";
            if (note is not null)
            {
                progress?.Report($"{folder.Name}: {note}");
                trainer.Events.Write(step, EventKind.Config, note);
            }
            var again = RunReader.Open(folder.FullPath).Step - step;
            var how = (state is null ? "no checkpoint: starting at the first step" : $"continuing after step {step}")
                + (again > 0 ? $"; {again} step{(again == 1 ? "" : "s")} after it {(again == 1 ? "is" : "are")} trained again" : "");
            progress?.Report($"{folder.Name}: {how}");
            trainer.Events.Write(step, EventKind.Restart, how,
                new JsonObject { ["plugins"] = RunPlugins.Describe(RunPlugins.Used(recipe, catalog, parts.Kernel)) });
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

    private static JsonObject Floors(TrainingParts parts)
    {
        var floors = parts.Corpus.TotalFloors(parts.Recipe.Training);
        var data = new JsonObject { ["bigram_bits_per_byte"] = floors.Bigram };
        if (floors.Xz is { } xz)
            data["xz_bits_per_byte"] = xz;
        return data;
    }

    private static int? Threads(int step, JsonObject? state) =>
        state is not null && CheckpointStore.Field(step, state)["threads"] is { Exists: true } threads ? threads.Int(1, 1024) : null;

    private static void RequireDistinct(IReadOnlyList<DomainInfo> domains)
    {
        foreach (var (i, domain) in domains.Index())
        {
            if (domains.Take(i).FirstOrDefault(d => d.Name.Equals(domain.Name, StringComparison.OrdinalIgnoreCase)) is { } other)
                throw new InputException($"data.sources.{domain.Name}: the domain differs from '{other.Name}' only in case, "
                    + "and SQL takes one for the other; expected another name");
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

    private static IReadOnlyList<PluginInfo> WriteFolder(RunFolder folder, Recipe recipe, TrainingParts parts, PluginCatalog catalog)
    {
        var plugins = RunPlugins.Used(recipe, catalog, parts.Kernel);
        RunFolder.WriteAtomically(folder.At("recipe.yaml"), RunPlugins.Comment(plugins) + recipe.ToYaml());
        RunPlugins.Keep(plugins, folder.FullPath);
        var environment = RunEnvironment.Describe();
        environment["plugins"] = RunPlugins.Describe(plugins);
        environment["device"] = parts.Device.ToString();
        environment["seed"] = recipe.Training.Seed;
        environment["recipe_hash"] = recipe.Hash();
        environment["data"] = new JsonArray([.. parts.Corpus.Domains.Select(d => (JsonNode)OptionsBinder.ToData(d))]);
        RunFolder.WriteAtomically(folder.At("environment.json"), environment.ToJsonString(new(OptionsBinder.Json) { WriteIndented = true }));
        Tokenizers.Save(parts.Corpus.Tokenizer, folder.At("tokenizer"));
        return plugins;
    }
}
