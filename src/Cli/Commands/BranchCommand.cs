using System.CommandLine;
using MoELab.Recipes;
using MoELab.Runs;
using MoELab.Training;

namespace MoELab.Cli.Commands;

/// <summary><c>branch RUN --decay LENGTH</c>: a decay from a stable checkpoint.</summary>
internal static class BranchCommand
{
    public static Command Create(CliContext context)
    {
        var run = RunOptions.Run();
        var decay = new Option<string>("--decay")
        {
            Description = "the decay's length: steps (200), tokens (500M) or a share of what the run had read (10%)",
            Required = true,
        };
        var step = new Option<int?>("--step") { Description = "the checkpoint's step (default: the newest that is whole)" };
        var name = new Option<string?>("--name")
        {
            Description = "the new run's name; a taken one becomes NAME-2 (default: the recipe's, with -decay)",
        };
        var (set, runs, json, announce) = (CliOptions.Set(), RunOptions.Runs(), CliOptions.Json(), RunOptions.Announce());
        var command = new Command("branch", "start a run from another run's checkpoint that only lets the learning rate fall")
        {
            run, decay, step, set, name, runs, json, announce,
        };
        command.SetAction(parsed =>
        {
            var folder = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            Recipe recipe;
            try
            {
                recipe = DecayBranch.Of(folder, parsed.GetValue(step), Extent.Parse(parsed.GetValue(decay)!));
            }
            catch (RecipeException e) when (e.Message.StartsWith('\''))
            {
                throw new RecipeException($"--decay: {e.Message}", e);
            }
            recipe = RecipeTree.WithAll(recipe, parsed.GetValue(set)!);
            using var trainer = Trainer.Create(recipe, context.Catalog, parsed.GetValue(runs)!, parsed.GetValue(name), new Remarks(context.Error));
            return TrainCommand.Run(context, trainer, parsed.GetValue(json), parsed.GetValue(announce));
        });
        return command;
    }
}
