using System.Buffers.Binary;
using System.Text.Json;
using MoELab.Randomness;
using MoELab.Runs.Reading;

namespace MoELab.Tests.Views;

/// <summary>A run folder of plausible numbers, written byte by byte after the documented format, apart from the trainer's writers.</summary>
internal static class SyntheticRun
{
    public static readonly string[] Domains = ["code", "encyclopedia", "prose"];

    public static RunReader Create(string name, int steps = 60, int layers = 3, int experts = 16, bool collapse = false, string balancer = "smebu", bool evaluated = true, long seed = 1, string? runs = null)
    {
        var folder = Path.Combine(runs ?? TestFolders.New("run"), name);
        Directory.CreateDirectory(folder);
        var tree = Presets.Names.Contains("lab-tiny") ? Recipe.Load("lab-tiny").ToTree() : new Recipe().ToTree();
        tree["training"]!["steps"] = steps;
        tree["balancer"] = balancer;
        tree["training"]!["seed"] = seed;
        File.WriteAllText(Path.Combine(folder, "recipe.yaml"), RecipeYaml.Write(tree));
        File.WriteAllText(Path.Combine(folder, "environment.json"), """
            {"core": "0.1.0", "torchsharp": "0.107.0", "threads": 2, "seed": 1, "floors": {"bigram_bits_per_byte": 3.41, "xz_bits_per_byte": 2.32},
             "data": [{"name": "code", "source": "targeting pack", "licence": "MIT", "bytes": 4000000, "documents": 812, "tokens": 4000000, "hash": "1f0c"},
                      {"name": "prose", "source": "a <test> & more", "licence": "CC0", "bytes": 812345, "documents": 64, "tokens": 812345, "hash": "77ab"}]}
            """);
        File.WriteAllText(Path.Combine(folder, "sample.txt"), "The router <moves> & the experts follow.\n");
        Write(folder, steps, layers, experts, collapse, evaluated, 0.01 * (seed - 1));
        return RunReader.Open(folder);
    }

    private static void Write(string folder, int steps, int layers, int experts, bool collapse, bool evaluated, double worse)
    {
        var random = new Philox(7, "synthetic-run");
        var skew = new double[layers, experts];
        for (var l = 0; l < layers; l++)
            for (var e = 0; e < experts; e++)
                skew[l, e] = random.NextNormal();
        using var metrics = new StreamWriter(Path.Combine(folder, "metrics.jsonl"));
        using var routing = File.Create(Path.Combine(folder, "routing.bin"));
        routing.Write("MOELABR1"u8);
        foreach (var value in new[] { 1, layers, experts, 0 })
            Int32(routing, value);
        const int Tokens = 4096;
        for (var step = 1; step <= steps; step++)
        {
            var done = step / (double)steps;
            var spread = collapse && done > 0.6 ? 2.5 : (1.1 * Math.Exp(-6 * done)) + 0.12;
            var counts = Counts(skew, spread, Tokens * 2, random);
            var vio = Enumerable.Range(0, layers).Select(l => MaxVio(counts, l)).ToArray();
            var loss = 1.75 + (3.8 * Math.Exp(-7 * done)) + (0.05 * random.NextNormal()) + (collapse && step == steps * 3 / 5 ? 1.4 : 0);
            var row = new SortedDictionary<string, object?>(StringComparer.Ordinal)
            {
                ["step"] = step,
                ["loss"] = loss,
                ["tokens"] = Tokens,
                ["tokens_total"] = Tokens * step,
                ["loss/ce"] = loss,
                ["max_vio/mean"] = vio.Average(),
                ["max_vio/max"] = vio.Max(),
                ["experts/dead"] = counts.Cast<long>().Count(c => c == 0),
                ["router/entropy"] = 0.9 + (0.09 * done),
                ["lr"] = 2e-3 * Math.Min(1, Math.Min(step / 5.0, (1 - done) / 0.4)),
                ["grad_norm"] = 0.6 + (2 * Math.Exp(-9 * done)) + (0.06 * random.NextDouble()),
                ["tokens_per_second"] = 9200 + (300 * random.NextNormal()),
                ["utilisation"] = 0.31 + (0.01 * random.NextNormal()),
                ["time"] = step * 0.44,
                ["grad_kurtosis"] = step == 2 ? null : 3.1,
            };
            for (var l = 0; l < layers; l++)
            {
                row[$"max_vio/layer/{l}"] = vio[l];
                row[$"bias/norm/{l}"] = (0.25 + (0.05 * l)) * (1 - Math.Exp(-5 * done));
                row[$"bias_step/norm/{l}"] = 0.02 * Math.Exp(-3 * done) * (1 + (0.2 * random.NextDouble()));
            }
            for (var d = 0; d < Domains.Length; d++)
                row["loss/domain/" + Domains[d]] = loss + (0.2 * (d - 1)) + (0.03 * random.NextNormal());
            if (evaluated && (step % Math.Max(1, steps / 8) == 0 || step == steps))
            {
                row["eval/bits_per_byte"] = 2.55 + worse + (5 * Math.Exp(-7 * done));
                row["eval/experts/dead"] = 0;
                for (var d = 0; d < Domains.Length; d++)
                {
                    row["eval/loss/" + Domains[d]] = 1.8 + (0.2 * (d - 1)) + (3.7 * Math.Exp(-7 * done));
                    row["eval/bits_per_byte/" + Domains[d]] = 2.55 + (0.3 * (d - 1)) + (5 * Math.Exp(-7 * done));
                }
            }
            metrics.Write(JsonSerializer.Serialize(row) + "\n");
            Int32(routing, step);
            Int32(routing, 0);
            foreach (var count in counts)
                Int32(routing, (int)count);
        }
        var events = new List<(int Step, string Kind, string Message)> { (0, "start", "lab-tiny started"), (steps / 4, "checkpoint", "step saved"), (steps / 3, "swap", "balancer: none -> smebu"), (steps / 2, "restart", "resumed from a checkpoint"), (steps / 2, "checkpoint", "step saved") };
        if (collapse)
            events.Add((steps * 3 / 4, "alert", "MaxVio > 2 for 10 steps: 5.1"));
        events.Add((steps, "finish", "finished"));
        var at = new DateTimeOffset(2026, 11, 23, 20, 0, 0, TimeSpan.Zero);
        File.WriteAllText(Path.Combine(folder, "events.jsonl"), string.Concat(events.Select(e =>
            JsonSerializer.Serialize(new { time = at.AddSeconds(0.44 * e.Step).ToString("O"), step = e.Step, kind = e.Kind, message = e.Message, data = new { at = e.Step } }) + "\n")), new UTF8Encoding(false));
    }

    private static long[,] Counts(double[,] skew, double spread, int total, Philox random)
    {
        var (layers, experts) = (skew.GetLength(0), skew.GetLength(1));
        var counts = new long[layers, experts];
        for (var l = 0; l < layers; l++)
        {
            var weights = Enumerable.Range(0, experts).Select(e => Math.Exp((spread * skew[l, e]) + (0.06 * random.NextNormal()))).ToArray();
            for (var e = 0; e < experts; e++)
                counts[l, e] = (long)(weights[e] / weights.Sum() * total);
        }
        return counts;
    }

    private static double MaxVio(long[,] counts, int layer)
    {
        var row = Enumerable.Range(0, counts.GetLength(1)).Select(e => counts[layer, e]).ToArray();
        return (row.Max() / row.Average()) - 1;
    }

    private static void Int32(Stream to, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        to.Write(bytes);
    }
}
