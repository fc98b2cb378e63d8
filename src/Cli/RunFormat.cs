using MoELab.Runs.Analysis;

namespace MoELab.Cli;

/// <summary>A run's figures as JSON and as one line of text.</summary>
internal static class RunFormat
{
    public static JsonObject ToJson(RunReader run)
    {
        var (figures, floors) = (RunFigures.Of(run), RunFloors.Of(run));
        return new JsonObject
        {
            ["run"] = run.Name,
            ["path"] = run.FullPath,
            ["status"] = run.Status.ToString().ToLowerInvariant(),
            ["step"] = run.Step,
            ["steps"] = run.Recipe.Training.Steps,
            ["tokens"] = figures.Tokens,
            ["loss"] = figures.Loss,
            ["last_loss"] = figures.LastLoss,
            ["eval_bits_per_byte"] = figures.BitsPerByte,
            ["eval_final_bits_per_byte"] = figures.FinalBitsPerByte,
            ["bigram_bits_per_byte"] = floors.Bigram,
            ["xz_bits_per_byte"] = floors.Xz,
            ["eval_dead_experts"] = RunFigures.Of(run, "eval/experts/dead"),
            ["max_vio_peak"] = figures.MaxVioPeak,
            ["max_vio_last_tenth"] = figures.MaxVio,
            ["tokens_per_second"] = figures.TokensPerSecond,
            ["utilisation"] = figures.Utilisation,
            ["seconds"] = figures.Seconds,
            ["damaged"] = new JsonArray([.. run.Damaged.Select(d => (JsonNode)d.ToString())]),
        };
    }

    /// <summary>The figures in one line.</summary>
    public static string Sentence(RunReader run)
    {
        var figures = RunFigures.Of(run);
        var parts = new List<string> { $"{run.Name}: {run.Status.ToString().ToLowerInvariant()} at step {run.Step} of {run.Recipe.Training.Steps}" };
        void Add(double? figure, string text)
        {
            if (figure is { } value)
                parts.Add(string.Format(CultureInfo.InvariantCulture, text, value));
        }
        Add(figures.Loss, "loss {0:0.0000} nats/token over the last tenth");
        Add(figures.BitsPerByte, "held-out {0:0.000} bits/byte");
        Add(figures.MaxVio, "MaxVio {0:0.00} over the last tenth");
        Add(RunFigures.Of(run, "eval/experts/dead"), "{0:0} dead experts over the evaluation");
        return string.Join(", ", parts);
    }

    /// <summary>A figure with three digits, or a dash.</summary>
    public static string Text(double? figure) => figure is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "-";
}
