using MoELab.Runs.Folder;
using MoELab.Training;
using MoELab.Training.Checkpoints;

namespace MoELab.Cli.Commands;

/// <summary><c>branch RUN --decay LENGTH</c>: a run that decays the learning rate from a checkpoint.</summary>
internal static class BranchCommand
{
    public static Command Create(CliContext context)
    {
        var run = RunOptions.Run();
        var decay = CliOptions.Of<string>("--decay",
            "length of the decay: steps (200), tokens (500M) or a share of what the run had read (10%)", required: true);
        var step = CliOptions.Of<int?>("--step", "the checkpoint's step (default: the newest intact one)");
        var name = CliOptions.Of<string?>("--name", "the new run's name; NAME-2 if it is taken (default: the recipe's, with -decay)");
        var (set, runs, json, announce) = (CliOptions.Set(), RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        return new Command("branch", "start a run from another run's checkpoint that decays the learning rate")
        {
            run, decay, step, set, name, runs, json, announce,
        }.WithAction(parsed =>
        {
            var folder = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            Recipe recipe;
            try
            {
                recipe = DecayBranch.Of(folder, parsed.GetValue(step), Extent.Parse(parsed.GetValue(decay)!));
            }
            catch (MoELabException e) when (e.Message.StartsWith('\''))
            {
                throw new InputException($"--decay: {e.Message}", e);
            }
            recipe = RecipeTree.WithAll(recipe, parsed.GetValue(set)!);
            using var trainer = Trainer.Create(recipe, context.Catalog, parsed.GetValue(runs)!, parsed.GetValue(name), context.Progress);
            return TrainCommand.Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce));
        });
    }
}
