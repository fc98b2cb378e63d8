using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using MoELab.Data;
using MoELab.Data.Preparation;
using MoELab.Model;
using MoELab.Parallel;
using MoELab.Plugins;
using MoELab.Recipes;
using MoELab.Training.Steps;

namespace MoELab.Benchmarks.PyTorch;

/// <summary>
/// Whole steps of a recipe by MoELab and by eager PyTorch in turns, from the same weights on the same batches. The first step's losses
/// say whether both compute the same; later ones part, because a token between two experts may go either way.
/// </summary>
internal static class AgainstPyTorch
{
    private const int Batches = 8;
    private const int WarmUp = 2;
    private const double SecondsPerCase = 40;
    private const double Agreement = 1e-4;

    public static void Run(PluginCatalog catalog, Func<string, Recipe> preset)
    {
        if (PyTorchSide.Missing() is { } sentence)
        {
            Console.WriteLine(sentence);
            return;
        }
        Case(preset("lab-tiny"), 4096, catalog);
        Case(preset("lab-small"), 4096, catalog);
        Case(preset("lab-small"), 32768, catalog);
    }

    private static void Case(Recipe recipe, long tokens, PluginCatalog catalog)
    {
        recipe = recipe with { Training = recipe.Training with { TokensPerStep = tokens, MicroBatchTokens = 4096 } };
        var folder = Directory.CreateTempSubdirectory("moelab-pytorch-").FullName;
        try
        {
            using var corpus = PreparedCorpus.Prepare(recipe.Data, catalog, null);
            using var parts = new TrainingParts(BoundRecipe.Of(recipe, catalog), catalog, corpus, new SingleProcess());
            Write(recipe.InFull(catalog), parts, corpus, folder);
            var ours = new List<PyTorchStep>();
            var theirs = new List<PyTorchStep>();
            var runner = new StepRunner(parts);
            using var python = PyTorchSide.Start(folder);
            var start = Stopwatch.GetTimestamp();
            for (var step = 1; step <= WarmUp + 2 || Stopwatch.GetElapsedTime(start).TotalSeconds < SecondsPerCase; step++)
            {
                ours.Add(Ours(runner, step));
                theirs.Add(python.Step(parts.Schedule.At(step)));
            }
            Print(recipe, python.Description, ours, theirs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PyTorchStep Ours(StepRunner runner, int step)
    {
        using var scope = torch.NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        var outcome = runner.Run(step);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double Of(string phase) => outcome.Seconds.GetValueOrDefault(phase);
        return new PyTorchStep(outcome.Losses.CrossEntropy, Of("forward"), Of("backward"), Of("reduce") + Of("balancer") + Of("optimizer") + Of("newton_schulz"), seconds);
    }

    private static void Print(Recipe recipe, string description, List<PyTorchStep> ours, List<PyTorchStep> theirs)
    {
        var (difference, later) = (Math.Abs(ours[0].Loss - theirs[0].Loss), Math.Abs(ours[1].Loss - theirs[1].Loss));
        if (difference > Agreement)
            throw new InvalidOperationException($"{recipe.Name}: the two sides do not compute the same; losses of the first step differ by {difference}, expected at most {Agreement}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{recipe.Name}, steps of {recipe.Training.TokensPerStep:#,0} tokens; {description}; losses differ by {difference:0.0e+0} of {ours[0].Loss:0.000} in the first step and {later:0.0e+0} in the second; {ours.Count - WarmUp} rounds"));
        Line("step", s => s.Seconds);
        Line("forward", s => s.Forward);
        Line("backward", s => s.Backward);
        Line("optimizer, clipping, balancer", s => s.Optimizer);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"tokens/s",-34} {recipe.Training.TokensPerStep / Middle(ours.Skip(WarmUp).Select(s => s.Seconds)),10:#,0} ours {recipe.Training.TokensPerStep / Middle(theirs.Skip(WarmUp).Select(s => s.Seconds)),10:#,0} PyTorch"));

        void Line(string name, Func<PyTorchStep, double> of)
        {
            // The first steps compile and warm up.
            List<double> own = [.. ours.Skip(WarmUp).Select(of)], other = [.. theirs.Skip(WarmUp).Select(of)];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-34} {Middle(own) * 1000,7:0.0} ms ours {Middle(other) * 1000,7:0.0} ms PyTorch   x{Middle(own.Zip(other, (o, p) => p / o)):0.00}"));
        }
    }

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static void Write(Recipe recipe, TrainingParts parts, PreparedCorpus corpus, string folder)
    {
        AfmoeCheckpoint.Save(parts.Model, null, recipe.Router, folder);
        using (var file = File.Create(Path.Combine(folder, "batches.bin")))
        {
            var (training, micros) = (recipe.Training, (int)(recipe.Training.TokensPerStep / recipe.Training.MicroBatchTokens));
            var tokens = corpus.OpenStream(recipe.Data, training.SequenceLength, training.Seed);
            for (var step = 0; step < Batches; step++)
            {
                var batches = Enumerable.Range(0, micros).Select(_ => tokens.Next((int)(training.MicroBatchTokens / training.SequenceLength), step / (double)training.Steps)).ToList();
                foreach (var part in (Func<TokenBatch, int[]>[])[b => b.Tokens, b => b.Targets, b => b.Documents])
                {
                    foreach (var batch in batches)
                        file.Write(MemoryMarshal.AsBytes<int>(part(batch)));
                }
            }
        }
        var model = recipe.Model;
        var json = new JsonObject
        {
            ["threads"] = torch.get_num_threads(),
            ["tokens"] = recipe.Training.TokensPerStep,
            ["micro_tokens"] = recipe.Training.MicroBatchTokens,
            ["sequence_length"] = recipe.Training.SequenceLength,
            ["clip_norm"] = recipe.Training.ClipNorm,
            ["layers"] = model.Layers,
            ["dense_layers"] = model.DenseLayers,
            ["d_model"] = model.DModel,
            ["heads"] = model.Heads,
            ["kv_heads"] = model.KvHeads,
            ["head_dim"] = model.HeadDim,
            ["experts"] = model.Experts,
            ["active_experts"] = model.ActiveExperts,
            ["route_scale"] = model.RouteScale,
            ["window"] = model.Window,
            ["global_every"] = model.GlobalEvery,
            ["rope_theta"] = model.RopeTheta,
            ["rms_eps"] = model.RmsEps,
            ["muon"] = recipe.Optimizer.Options["muon"].DeepClone(),
            ["adamw"] = recipe.Optimizer.Options["adamw"].DeepClone(),
            ["smebu"] = recipe.Balancer.Options.DeepClone(),
        };
        File.WriteAllText(Path.Combine(folder, "recipe.json"), json.ToJsonString());
    }
}
