using MoELab.Plugins;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training;

namespace MoELab.Tests.Training;

/// <summary>Runs of a model so small that a step takes milliseconds, on two small files written by the test.</summary>
internal sealed class TinyRuns : IDisposable
{
    // One corpus for all: it is prepared once, and no test changes it.
    private static readonly Lazy<string> Texts = new(() =>
    {
        var folder = TestFolders.New("texts");
        WriteDomain(folder, "numbers", i => $"{i} plus {i + 1} is {(2 * i) + 1}, and {i} times two is {2 * i}.");
        WriteDomain(folder, "words", i => $"the {Word(i)} {Word(i + 3)} of a {Word(i * 7)} meets the {Word(i + 11)} every {i} days");
        return folder;
    });

    public string Folder { get; } = TestFolders.New("tiny");

    public string Runs => Path.Combine(Folder, "runs");

    public PluginCatalog Catalog { get; } = PluginCatalog.Discover();

    public Recipe Recipe => new Recipe
    {
        Name = "tiny",
        Model = new ModelRecipe
        {
            Layers = 3,
            DenseLayers = 1,
            DModel = 32,
            Ffn = 48,
            ExpertFfn = 16,
            Heads = 2,
            KvHeads = 1,
            HeadDim = 16,
            Experts = 8,
            ActiveExperts = 2,
            Window = 16,
        },
        Balancer = PluginChoice.Of("smebu", new { lambda = 0.02 }),
        Losses = new Dictionary<string, JsonObject> { ["sequence-wise"] = new() { ["weight"] = 1e-3 }, ["head-z"] = new() { ["weight"] = 1e-4 } },
        Optimizer = new OptimizerRecipe(OptimizerRecipe.TrinitySplit, new Dictionary<string, JsonObject> { ["muon"] = new() { ["lr"] = 0.02 }, ["adamw"] = new() { ["lr"] = 0.003 } }),
        Data = new DataRecipe
        {
            Corpus = "files",
            Sources = new Dictionary<string, string> { ["numbers"] = Path.Combine(Texts.Value, "numbers.jsonl"), ["words"] = Path.Combine(Texts.Value, "words.jsonl") },
            Tokenizer = "bytes",
            Buffer = 16,
            Workers = 2,
        },
        Training = new TrainingRecipe
        {
            Steps = 8,
            SequenceLength = 32,
            TokensPerStep = 256,
            MicroBatchTokens = 128,
            EvalEvery = 3,
            EvalTokens = 128,
            CheckpointEvery = 4,
            KeepCheckpoints = 5,
            Threads = 2,
        },
    };

    public Trainer Create(Recipe? recipe = null, string? name = null) => Trainer.Create(recipe ?? Recipe, Catalog, Runs, name);

    /// <summary>Trains to the end and returns the folder.</summary>
    public string Train(Recipe? recipe = null, string? name = null)
    {
        using var trainer = Create(recipe, name);
        Assert.Equal(TrainingEnd.Finished, trainer.Run());
        return trainer.Folder;
    }

    /// <summary>Trains up to a step, stops there and returns the folder.</summary>
    public string Stop(Recipe recipe, string name, int step)
    {
        using var trainer = Create(recipe, name);
        trainer.StepFinished += row => { if (row.Step == step) trainer.RequestStop(); };
        Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        return trainer.Folder;
    }

    /// <summary>The recipe as a file, for the command line.</summary>
    public string Write(Recipe? recipe = null)
    {
        var file = Path.Combine(Folder, "tiny.yaml");
        File.WriteAllText(file, (recipe ?? Recipe).ToYaml());
        return file;
    }

    /// <summary>Metric rows without wall-clock fields.</summary>
    public static string[] Rows(string run) => [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line =>
    {
        var row = JsonNode.Parse(line)!.AsObject();
        foreach (var key in (string[])["time", "tokens_per_second", "newton_schulz/share", "utilisation", "routing/share", "seconds/step", "crc"])
            row.Remove(key);
        return row.ToJsonString();
    })];

    public static IReadOnlyList<RunEvent> Events(string run) => RunReader.Open(run).Events;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Word(int i) => $"{"bcdfghjklmnp"[i % 12]}{"aeiou"[i % 5]}{"lmnrst"[i % 6]}{"aeiou"[i * 3 % 5]}";

    private static void WriteDomain(string folder, string name, Func<int, string> sentence) => File.WriteAllLines(Path.Combine(folder, name + ".jsonl"),
        Enumerable.Range(0, 300).Select(d => new JsonObject { ["text"] = string.Join(' ', Enumerable.Range(d * 5, 5).Select(sentence)) }.ToJsonString()));
}
