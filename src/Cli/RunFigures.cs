using System.Globalization;
using System.Text.Json.Nodes;
using MoELab.Runs;

namespace MoELab.Cli;

/// <summary>A run in a few figures.</summary>
internal static class RunFigures
{
    public static JsonObject Of(RunReader run)
    {
        var floors = RunFloors.Of(run);
        return new JsonObject
        {
            ["run"] = run.Name,
            ["path"] = run.FullPath,
            ["status"] = run.Status.ToString().ToLowerInvariant(),
            ["step"] = run.Step,
            ["steps"] = run.Recipe.Training.Steps,
            ["tokens"] = Number(Last(run, "tokens_total")),
            ["loss"] = Number(Last(run, "loss")),
            ["eval_bits_per_byte"] = Number(Last(run, "eval/bits_per_byte")),
            ["bigram_bits_per_byte"] = Number(floors.Bigram ?? double.NaN),
            ["xz_bits_per_byte"] = Number(floors.Xz ?? double.NaN),
            ["eval_dead_experts"] = Number(Last(run, "eval/experts/dead")),
            ["max_vio_peak"] = Number(Has(run, "max_vio/mean") ? run.Metrics["max_vio/mean"].Max : double.NaN),
            ["max_vio_last_tenth"] = Number(Has(run, "max_vio/mean") ? run.Metrics["max_vio/mean"].MeanOfLastTenth : double.NaN),
            ["tokens_per_second"] = Number(Has(run, "tokens_per_second") ? run.Metrics["tokens_per_second"].Median : double.NaN),
            ["utilisation"] = Number(Has(run, "utilisation") ? run.Metrics["utilisation"].Median : double.NaN),
            ["seconds"] = Number(Last(run, "time")),
            ["damaged"] = new JsonArray([.. run.Damaged.Select(d => (JsonNode)d.ToString())]),
        };
    }

    /// <summary>The figures in one line.</summary>
    public static string Sentence(RunReader run)
    {
        var parts = new List<string> { $"{run.Name}: {run.Status.ToString().ToLowerInvariant()} at step {run.Step} of {run.Recipe.Training.Steps}" };
        void Add(string metric, string text)
        {
            if (double.IsFinite(Last(run, metric)))
                parts.Add(string.Format(CultureInfo.InvariantCulture, text, Last(run, metric)));
        }
        Add("loss", "loss {0:0.0000} nats/token");
        Add("eval/bits_per_byte", "held-out {0:0.000} bits/byte");
        Add("max_vio/mean", "MaxVio {0:0.00}");
        Add("eval/experts/dead", "{0:0} dead experts over the evaluation");
        return string.Join(", ", parts);
    }

    public static bool Has(RunReader run, string metric) => run.Metrics.Names.Contains(metric);

    public static double Last(RunReader run, string metric) => Has(run, metric) ? run.Metrics[metric].Last : double.NaN;

    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
