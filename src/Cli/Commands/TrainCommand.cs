using MoELab.Cli.Live;
using MoELab.Interop.Host;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Training;

namespace MoELab.Cli.Commands;

/// <summary><c>train RECIPE</c> and <c>resume RUN</c>.</summary>
internal static class TrainCommand
{
    public static Command Create(CliContext context)
    {
        var (recipe, set) = (CliOptions.Recipe(), CliOptions.Set());
        var name = CliOptions.Of<string?>("--name", "the run's name; NAME-2 if it is taken (default: the recipe's)");
        var (runs, json, announce) = (RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        var choices = CliOptions.Of<string?>("--record-choices", "writes each training choice of experts to a file for the router 'replay'", "FILE");
        var note = new Option<string?>("--note") { Description = "a sentence for the run's events", Hidden = true };
        var (heartbeat, rank) = (RunOptions.Heartbeat(), RankJob.IsRank());
        return new Command("train", "train a recipe into a run folder")
        {
            recipe, set, name, choices, heartbeat, runs, json, announce, note, rank,
        }.WithAction(parsed =>
        {
            var loaded = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!);
            if (parsed.GetValue(rank))
                return RankJob.Join(context, Train);
            if (loaded.Training.Ranks == 1)
                return Train(null);
            if (parsed.GetValue(choices) is not null)
                throw new InputException("--record-choices: several processes train, and each has only its own; expected training.ranks=1");
            return Several(context, loaded, parsed.GetValue(announce), parsed.Tokens);

            int Train(IProcessGroup? group)
            {
                // A path that cannot be written ends here, before there is a run folder.
                var recorded = parsed.GetValue(choices) is { } file ? CliFiles.ToWrite(file) : null;
                using var trainer = TrainerSetup.Create(loaded, context.Catalog, parsed.GetValue(runs)!, parsed.GetValue(name), context.Progress, group);
                var (wanted, given) = (parsed.GetValue(name) ?? loaded.Name, Path.GetFileName(trainer.Folder));
                // A notebook or program reads the name; only a person may overlook it.
                if (given != wanted && !parsed.GetValue(announce))
                    context.Error.WriteLine($"run name '{wanted}' is taken; this run is '{given}'");
                if (parsed.GetValue(note) is { Length: > 0 } sentence)
                    trainer.Events.Write(0, EventKind.Config, sentence);
                if (recorded is not null)
                    trainer.RecordChoices(recorded);
                return Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce), group is not null, parsed.GetValue(heartbeat));
            }
        });
    }

    public static Command CreateResume(CliContext context)
    {
        var (run, set, trust) = (RunOptions.Run(), CliOptions.Set(), RunOptions.Trust());
        var (runs, json, announce) = (RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        var damaged = CliOptions.Choice("--damaged",
            "damaged rows in the logs: refuse to resume, drop the rows, or rewind to the newest checkpoint before them",
            DamagedRows.Refuse);
        var ranks = CliOptions.Of<int?>("--ranks", "processes that share each step from here on, instead of the run's", "N");
        var (heartbeat, rank) = (RunOptions.Heartbeat(), RankJob.IsRank());
        return new Command("resume", "resume a run from its newest intact checkpoint")
        {
            run, set, damaged, ranks, heartbeat, trust, runs, json, announce, rank,
        }.WithAction(parsed =>
        {
            var path = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            if (parsed.GetValue(ranks) is < 1 or > 4096)
                throw new InputException($"--ranks: {parsed.GetValue(ranks)} is out of range; expected 1 to 4096");
            if (parsed.GetValue(rank))
                return RankJob.Join(context, Resume);
            var recipe = RunReader.Open(path).Recipe;
            recipe = recipe with { Training = recipe.Training with { Ranks = parsed.GetValue(ranks) ?? recipe.Training.Ranks } };
            return recipe.Training.Ranks == 1 ? Resume(null) : Several(context, recipe, parsed.GetValue(announce), parsed.Tokens);

            int Resume(IProcessGroup? group)
            {
                var changes = parsed.GetValue(set)!;
                // A misspelt key is reported before data are prepared.
                if (changes.Length > 0)
                    RecipeTree.WithAll(RunReader.Open(path).Recipe, changes);
                using var trainer = TrainerSetup.Resume(
                    path, context.Catalog, context.Progress, parsed.ChoiceOf<DamagedRows>(damaged), parsed.GetValue(trust), group);
                if (trainer is not null)
                {
                    if (changes.Length > 0)
                        trainer.RequireChangeable(RecipeTree.WithAll(trainer.Recipe, changes));
                    // Through the inbox, like a change to a running run: the run answers what it accepts, and another resume applies the same changes.
                    foreach (var (key, value) in changes.Select(RecipeTree.ParseAssignment))
                        Inbox.Send(path, CommandKind.Set, key, value);
                    return Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce), group is not null, parsed.GetValue(heartbeat));
                }
                context.Error.WriteLine($"run '{Path.GetFileName(path)}' has finished; there is nothing to resume");
                if (parsed.GetValue(json))
                    context.WriteJson(RunFormat.ToJson(RunReader.Open(path)));
                return 0;
            }
        });
    }

    private static int Several(CliContext context, Recipe recipe, bool announce, IEnumerable<System.CommandLine.Parsing.Token> words)
    {
        if (announce)
            OwnSession.Begin();
        return RankJob.Run(context, recipe, words.Select(w => w.Value));
    }

    internal static int Run(CliContext context, Trainer trainer, bool json, bool announce, bool isRank = false, int heartbeat = 0)
    {
        if (announce)
        {
            // The notebook or program that started this process stops it, not the terminal; a rank is mpirun's.
            if (!isRank)
                OwnSession.Begin();
            context.Output.WriteLine($"run: {trainer.Folder}");
        }
        var quiet = json || announce;
        var progress = quiet ? context.Error : context.Output;
        var live = !announce && !isRank && (quiet ? context.ErrorConsole : context.Console).Profile.Out.IsTerminal;
        var (training, threads) = (trainer.Recipe.Training, torch.get_num_threads());
        progress.WriteLine($"{Path.GetFileName(trainer.Folder)}: {training.Steps} steps, {training.TokensPerStep:#,0} tokens each, "
            + $"on {threads} thread{(threads == 1 ? "" : "s")}");
        var (_, code) = TrainingSession.Run(trainer, progress, live, context.Error, heartbeat);
        var run = RunReader.Open(trainer.Folder);
        if (json)
            context.WriteJson(RunFormat.ToJson(run));
        else
            progress.WriteLine($"{RunFormat.Sentence(run)}{Environment.NewLine}{trainer.Folder}");
        return code;
    }
}
