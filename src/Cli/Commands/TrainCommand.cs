using System.CommandLine;
using MoELab.Cli.Live;
using MoELab.Interop;
using MoELab.Recipes;
using MoELab.Runs;
using MoELab.Training;

namespace MoELab.Cli.Commands;

/// <summary><c>train RECIPE</c> and <c>resume RUN</c>.</summary>
internal static class TrainCommand
{
    public static Command Create(CliContext context)
    {
        var recipe = CliOptions.Recipe();
        var set = CliOptions.Set();
        var name = new Option<string?>("--name") { Description = "the run's name; a taken one becomes NAME-2 (default: the recipe's)" };
        var (runs, json, announce) = (RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        var note = new Option<string?>("--note") { Description = "a sentence for the run's events", Hidden = true };
        var command = new Command("train", "train a recipe into a run folder") { recipe, set, name, runs, json, announce, note };
        command.SetAction(parsed =>
        {
            var loaded = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!);
            var remarks = context.Error;
            using var trainer = Trainer.Create(loaded, context.Catalog, parsed.GetValue(runs)!, parsed.GetValue(name), new Remarks(remarks));
            if (parsed.GetValue(note) is { Length: > 0 } sentence)
                trainer.Events.Write(0, "config", sentence);
            return Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce));
        });
        return command;
    }

    public static Command CreateResume(CliContext context)
    {
        var run = RunOptions.Run();
        var set = CliOptions.Set();
        var (runs, json, announce) = (RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        var trust = RunOptions.Trust();
        var damaged = new Option<DamagedRows>("--damaged")
        {
            Description = "damaged rows in the logs: refuse; drop leaves them out; rewind goes back to the newest checkpoint before them",
            HelpName = "refuse|drop|rewind",
            DefaultValueFactory = _ => DamagedRows.Refuse,
        };
        var command = new Command("resume", "continue a run from its newest whole checkpoint") { run, set, damaged, trust, runs, json, announce };
        command.SetAction(parsed =>
        {
            var path = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            var changes = parsed.GetValue(set)!;
            // A mistyped key is told before data is prepared.
            if (changes.Length > 0)
                RecipeTree.WithAll(RunReader.Open(path).Recipe, changes);
            using var trainer = Trainer.Resume(path, context.Catalog, new Remarks(context.Error), parsed.GetValue(damaged), parsed.GetValue(trust));
            if (trainer is not null)
            {
                if (changes.Length > 0)
                    trainer.RequireChangeable(RecipeTree.WithAll(trainer.Recipe, changes));
                // By the inbox, as a running run is changed: it says what it takes, and another resume takes the same.
                foreach (var (key, value) in changes.Select(RecipeTree.ParseAssignment))
                    Inbox.Send(path, "set", key, value);
                return Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce));
            }
            context.Error.WriteLine($"run '{Path.GetFileName(path)}' has finished; there is nothing to resume");
            if (parsed.GetValue(json))
                context.WriteJson(RunWords.ToJson(RunReader.Open(path)));
            return 0;
        });
        return command;
    }

    internal static int Run(CliContext context, Trainer trainer, bool json, bool announce)
    {
        if (announce)
        {
            // A notebook or program started this one and says itself when to stop.
            OwnSession.Begin();
            context.Output.WriteLine($"run: {trainer.Folder}");
        }
        var quiet = json || announce;
        var progress = quiet ? context.Error : context.Output;
        var live = !announce && (quiet ? context.ErrorConsole : context.Console).Profile.Out.IsTerminal;
        progress.WriteLine($"{Path.GetFileName(trainer.Folder)}: {trainer.Recipe.Training.Steps} steps, {trainer.Recipe.Training.TokensPerStep:#,0} tokens each, on {(torch.get_num_threads() is > 1 and var threads ? $"{threads} threads" : "1 thread")}");
        var (_, code) = TrainingSession.Run(trainer, progress, live);
        var run = RunReader.Open(trainer.Folder);
        if (json)
            context.WriteJson(RunWords.ToJson(run));
        else
            progress.WriteLine($"{RunWords.Sentence(run)}{Environment.NewLine}{trainer.Folder}");
        return code;
    }
}
