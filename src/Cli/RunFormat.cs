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
        (double? Value, string Text)[] parts =
        [
            (figures.Loss, "loss {0:0.0000} nats/token over the last tenth of the steps"),
            (figures.BitsPerByte, "held-out {0:0.000} bits/byte"),
            (figures.MaxVio, "MaxVio {0:0.00} over the last tenth of the steps"),
            (RunFigures.Of(run, "eval/experts/dead"), "{0:0} dead experts over the evaluation"),
        ];
        return string.Concat(parts.Where(p => p.Value is not null).Select(p => ", " + string.Format(CultureInfo.InvariantCulture, p.Text, p.Value))
            .Prepend($"{run.Name}: {run.Status.ToString().ToLowerInvariant()} at step {run.Step} of {run.Recipe.Training.Steps}"));
    }

    /// <summary>A figure with three digits, or a dash.</summary>
    public static string Text(double? figure) => figure is { } value ? value.ToString("0.000", CultureInfo.InvariantCulture) : "-";
}
