using MoELab.Interop.Files;
using MoELab.Model;
using MoELab.Runs.Folder;

namespace MoELab.Cli.Commands;

/// <summary><c>generate RUN</c> and <c>export RUN DIR</c>.</summary>
internal static class ModelCommands
{
    public static Command CreateGenerate(CliContext context)
    {
        var (run, runs) = (RunOptions.Run(), RunOptions.Runs());
        var prompt = CliOptions.WithDefault("--prompt", "the text to complete", "");
        var tokens = CliOptions.WithDefault("--tokens", "tokens to generate", 120);
        var temperature = CliOptions.WithDefault("--temperature", "divides the logits; 0: always the most probable token", 0.7);
        var topK = CliOptions.WithDefault("--top-k", "sample from this many most probable tokens; 0: all", 40);
        var seed = CliOptions.WithDefault("--seed", "seed of the sampling", 1L);
        var (step, trust, json) = (Step(), RunOptions.Trust(), CliOptions.Json());
        return new Command("generate", "complete a text with a run's model")
        {
            run, runs, prompt, tokens, temperature, topK, seed, step, trust, json,
        }.WithAction(parsed =>
        {
            var options = new GeneratorOptions
            {
                Temperature = parsed.GetValue(temperature),
                TopK = parsed.GetValue(topK),
                Seed = parsed.GetValue(seed),
            };
            OptionsBinder.Validate(options, "generate");
            if (parsed.GetValue(tokens) < 0)
                throw new InputException($"--tokens: {parsed.GetValue(tokens)} is out of range; expected 0 or more");
            var folder = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            using var model = LabModel.Load(folder, parsed.GetValue(step), context.Catalog, context.Progress, parsed.GetValue(trust));
            if (model.CausalityNote is { } note)
                context.Error.WriteLine($"note: {note}");
            var text = model.Generate(parsed.GetValue(prompt)!, parsed.GetValue(tokens), options);
            var document = new JsonObject
            {
                ["run"] = Path.GetFileName(folder),
                ["step"] = model.Step,
                ["prompt"] = parsed.GetValue(prompt),
                ["text"] = text,
            };
            context.Write(parsed.GetValue(json), document, parsed.GetValue(prompt) + text);
        });
    }

    public static Command CreateExport(CliContext context)
    {
        var run = RunOptions.Run();
        var directory = new Argument<string>("DIR") { Description = "the folder to write" };
        var runs = RunOptions.Runs();
        var force = CliOptions.Of<bool>("--force",
            "write into a folder that contains files, and even what the layout cannot express, such as another router; "
                + "only MoELab reads such a model correctly");
        var format = CliOptions.Choice("--format", "the weights as safetensors, or as a PyTorch state dict", WeightFormat.SafeTensors);
        var (step, trust, json) = (Step(), RunOptions.Trust(), CliOptions.Json());
        return new Command("export", "write a run's model in the released AFMoE layout (config.json, weights, expert bias)")
        {
            run, directory, runs, step, format, force, trust, json,
        }.WithAction(parsed =>
        {
            var folder = RunPaths.Resolve(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            var target = Path.GetFullPath(parsed.GetValue(directory)!);
            if (File.Exists(target))
                throw new InputException($"{target}: this is a file; expected the path of a folder to write");
            if (!parsed.GetValue(force) && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
                throw new InputException($"{target}: the folder contains files; choose another folder, or use --force to write into it");
            var remarks = context.Progress;
            using var model = LabModel.Load(folder, parsed.GetValue(step), context.Catalog, remarks, parsed.GetValue(trust));
            model.Export(target, parsed.GetValue(force), remarks, parsed.ChoiceOf<WeightFormat>(format));
            context.Write(parsed.GetValue(json),
                new JsonObject { ["run"] = Path.GetFileName(folder), ["step"] = model.Step, ["directory"] = target }, target);
        });
    }

    private static Option<int?> Step() => new("--step") { Description = "the checkpoint's step (default: the newest)" };
}
