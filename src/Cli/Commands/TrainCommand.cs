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
        return new Command("train", "train a recipe into a run folder")
        {
            recipe, set, name, choices, runs, json, announce, note,
        }.WithAction(parsed =>
        {
            var loaded = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!);
            // A path that cannot be written ends here, before there is a run folder.
            var recorded = parsed.GetValue(choices) is { } file ? CliFiles.ToWrite(file) : null;
            using var trainer = Trainer.Create(loaded, context.Catalog, parsed.GetValue(runs)!, parsed.GetValue(name), context.Progress);
            var (wanted, given) = (parsed.GetValue(name) ?? loaded.Name, Path.GetFileName(trainer.Folder));
            // A notebook or program reads the name; only a person may overlook it.
            if (given != wanted && !parsed.GetValue(announce))
                context.Error.WriteLine($"run name '{wanted}' is taken; this run is '{given}'");
            if (parsed.GetValue(note) is { Length: > 0 } sentence)
                trainer.Events.Write(0, EventKind.Config, sentence);
            if (recorded is not null)
                trainer.RecordChoices(recorded);
            return Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce));
        });
    }

    public static Command CreateResume(CliContext context)
    {
        var (run, set, trust) = (RunOptions.Run(), CliOptions.Set(), RunOptions.Trust());
        var (runs, json, announce) = (RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        var damaged = CliOptions.Choice("--damaged",
            "damaged rows in the logs: refuse to resume, drop the rows, or rewind to the newest checkpoint before them",
            DamagedRows.Refuse);
        return new Command("resume", "resume a run from its newest intact checkpoint")
        {
            run, set, damaged, trust, runs, json, announce,
        }.WithAction(parsed =>
        {
            var path = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            var changes = parsed.GetValue(set)!;
            // A misspelt key is reported before data are prepared.
            if (changes.Length > 0)
                RecipeTree.WithAll(RunReader.Open(path).Recipe, changes);
            using var trainer = Trainer.Resume(
                path, context.Catalog, context.Progress, parsed.ChoiceOf<DamagedRows>(damaged), parsed.GetValue(trust));
            if (trainer is not null)
            {
                if (changes.Length > 0)
                    trainer.RequireChangeable(RecipeTree.WithAll(trainer.Recipe, changes));
                // Through the inbox, like a change to a running run: the run answers what it accepts, and another resume applies the same changes.
                foreach (var (key, value) in changes.Select(RecipeTree.ParseAssignment))
                    Inbox.Send(path, CommandKind.Set, key, value);
                return Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce));
            }
            context.Error.WriteLine($"run '{Path.GetFileName(path)}' has finished; there is nothing to resume");
            if (parsed.GetValue(json))
                context.WriteJson(RunFormat.ToJson(RunReader.Open(path)));
            return 0;
        });
    }

    internal static int Run(CliContext context, Trainer trainer, bool json, bool announce)
    {
        if (announce)
        {
            // The notebook or program that started this process stops it, not the terminal.
            OwnSession.Begin();
            context.Output.WriteLine($"run: {trainer.Folder}");
        }
        var quiet = json || announce;
        var progress = quiet ? context.Error : context.Output;
        var live = !announce && (quiet ? context.ErrorConsole : context.Console).Profile.Out.IsTerminal;
        var (training, threads) = (trainer.Recipe.Training, torch.get_num_threads());
        progress.WriteLine($"{Path.GetFileName(trainer.Folder)}: {training.Steps} steps, {training.TokensPerStep:#,0} tokens each, "
            + $"on {threads} thread{(threads == 1 ? "" : "s")}");
        var (_, code) = TrainingSession.Run(trainer, progress, live);
        var run = RunReader.Open(trainer.Folder);
        if (json)
            context.WriteJson(RunFormat.ToJson(run));
        else
            progress.WriteLine($"{RunFormat.Sentence(run)}{Environment.NewLine}{trainer.Folder}");
        return code;
    }
}
