// Shapes: S positions, V vocabulary.
using System.Text.Json;
using MoELab.Experts;
using MoELab.Model;
using MoELab.Recipes.Input;
using MoELab.Runs.Folder;

namespace MoELab.Cli.Commands;

/// <summary><c>logits MODEL_DIR</c>: the logits of a checkpoint in the released layout at every position of a list of tokens.</summary>
internal static class LogitsCommand
{
    public static Command Create(CliContext context)
    {
        var folder = new Argument<string>("MODEL_DIR") { Description = "a folder with config.json and weights, released or written by 'export'" };
        var tokens = CliOptions.Of<string>("--tokens", "a JSON array of token ids", "TOKENS.json", required: true);
        const string layout = "{\"logits\": [[logit per token of the vocabulary] per position]}";
        var output = CliOptions.Of<string>("--output", layout, "LOGITS.json", required: true);
        var json = CliOptions.Json();
        return new Command("logits", "compute a model's logits at every position") { folder, tokens, output, json }.WithAction(parsed =>
        {
            if (parsed.GetValue(folder) is var given && RunPaths.IsRun(given!))
                throw new InputException($"{given}: this is a run, not a model; export its model first: moelab export {given} MODEL_DIR");
            var ids = ReadTokens(parsed.GetValue(tokens)!);
            var target = CliFiles.ToWrite(parsed.GetValue(output)!);
            using var model = Load(parsed.GetValue(folder)!, context);
            using var logits_SV = new Generator(model.Model, model.Bias_LE).Logits(ids);
            Write(target, logits_SV);
            context.Write(parsed.GetValue(json),
                new JsonObject { ["output"] = target, ["positions"] = logits_SV.shape[0], ["vocabulary"] = logits_SV.shape[1] }, target);
        });
    }

    private static LoadedModel Load(string folder, CliContext context) => AfmoeCheckpoint.Load(folder, config => (
        context.Catalog.Create<IRouter>(config.Router, "router"),
        ExpertKernels.Select(context.Catalog, new PluginChoice(ExpertKernels.Auto), torch.CPU, torch.ScalarType.Float32).Kernel,
        new LocalDispatcher()), torch.CPU, torch.ScalarType.Float32);

    private static long[] ReadTokens(string path)
    {
        const string expected = "a JSON array of token ids, such as [5, 17, 3]";
        var ids = InputJson.Read(path, expected).Items(expected);
        return ids.Count == 0
            ? throw new InputException($"{path}: the list is empty; expected at least one token id")
            : [.. ids.Select(id => id.Node is JsonValue value && value.TryGetValue<long>(out var n) ? n
                : throw id.Unfit("a token id, a whole number"))];
    }

    // Written position by position: the whole document of a large vocabulary would not fit in memory.
    private static void Write(string path, Tensor logits_SV)
    {
        var beside = path + ".tmp";
        try
        {
            using (var stream = File.Create(beside))
            using (var writer = new Utf8JsonWriter(stream))
            {
                writer.WriteStartObject();
                writer.WriteStartArray("logits");
                for (var s = 0L; s < logits_SV.shape[0]; s++)
                {
                    using var row_V = logits_SV[s].cpu();
                    writer.WriteStartArray();
                    foreach (var logit in row_V.data<float>())
                        writer.WriteNumberValue(float.IsFinite(logit) ? logit
                            : throw new RunException($"the model's logits at position {s} are not finite; "
                                + "its weights are damaged or overflow float32"));
                    writer.WriteEndArray();
                    writer.Flush();
                }
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
