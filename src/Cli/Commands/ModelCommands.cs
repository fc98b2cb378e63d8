using System.CommandLine;
using MoELab.Model;
using MoELab.Runs;

namespace MoELab.Cli.Commands;

/// <summary><c>generate RUN</c> and <c>export RUN DIR</c>.</summary>
internal static class ModelCommands
{
    public static Command CreateGenerate(CliContext context)
    {
        var run = RunOptions.Run();
        var runs = RunOptions.Runs();
        var prompt = new Option<string>("--prompt") { Description = "the text to continue", DefaultValueFactory = _ => "" };
        var tokens = new Option<int>("--tokens") { Description = "tokens to draw", DefaultValueFactory = _ => 120 };
        var temperature = new Option<double>("--temperature") { Description = "divides the logits; 0 takes the most probable token", DefaultValueFactory = _ => 0.7 };
        var topK = new Option<int>("--top-k") { Description = "draw among this many most probable tokens; 0: all", DefaultValueFactory = _ => 40 };
        var seed = new Option<long>("--seed") { Description = "keys the draws", DefaultValueFactory = _ => 1 };
        var step = Step();
        var command = new Command("generate", "let a run's model continue a text") { run, runs, prompt, tokens, temperature, topK, seed, step };
        command.SetAction(parsed =>
        {
            var options = new GeneratorOptions { Temperature = parsed.GetValue(temperature), TopK = parsed.GetValue(topK), Seed = parsed.GetValue(seed) };
            Recipes.OptionsBinder.Validate(options, "generate");
            using var model = LabModel.Load(RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!), parsed.GetValue(step), context.Catalog);
            context.Output.WriteLine(parsed.GetValue(prompt)! + model.Generate(parsed.GetValue(prompt)!, parsed.GetValue(tokens), options));
        });
        return command;
    }

    public static Command CreateExport(CliContext context)
    {
        var run = RunOptions.Run();
        var directory = new Argument<string>("DIR") { Description = "where the checkpoint goes" };
        var runs = RunOptions.Runs();
        var step = Step();
        var command = new Command("export", "write a run's model in the released AFMoE layout (config.json, safetensors, expert bias)") { run, directory, runs, step };
        command.SetAction(parsed =>
        {
            using var model = LabModel.Load(RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!), parsed.GetValue(step), context.Catalog);
            model.Export(parsed.GetValue(directory)!);
            context.Output.WriteLine(Path.GetFullPath(parsed.GetValue(directory)!));
        });
        return command;
    }

    private static Option<int?> Step() => new("--step") { Description = "the checkpoint's step (default: the newest)" };
}
