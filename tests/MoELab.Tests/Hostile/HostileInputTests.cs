using MoELab.Documents;
using MoELab.Interop.Files;
using MoELab.Interop.Files.Pickle;
using MoELab.Jupyter;
using MoELab.Live;
using MoELab.Model;
using MoELab.Plugins;
using MoELab.Query;
using MoELab.Runs.Analysis;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Views;
using MoELab.Training.Checkpoints;

namespace MoELab.Tests.Hostile;

/// <summary>Thousands of damaged inputs for each reader of files that others write: each is read or refused in one sentence.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly string _folder = TestFolders.New("hostile");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Recipes() => Mutator.Attack(
        [.. Presets.Names.Select(n => Encoding.UTF8.GetBytes(RecipeYaml.Write(RecipeYaml.Load(n).ToTree()))), "recipe: lab-tiny\nbalancer: { name: smebu, kappa: 3 }\nalerts: [MaxVio > 2 for 50 steps]\nschedule: [{ step: 3, set: { balancer: sign-bias } }]\n"u8.ToArray()],
        bytes => RecipeYaml.Parse(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void Safetensors()
    {
        using var scope = torch.NewDisposeScope();
        SafeTensors.Write(At("good"), new Dictionary<string, Tensor> { ["x"] = torch.ones(3, 5), ["y"] = torch.ones(2), ["empty"] = torch.empty(0, 7) }, new Dictionary<string, string> { ["format"] = "pt" });
        Mutator.Attack([File.ReadAllBytes(At("good"))], bytes =>
        {
            using var inner = torch.NewDisposeScope();
            File.WriteAllBytes(At("bad"), bytes);
            using var file = SafeTensors.Open(At("bad"));
            foreach (var name in file.Tensors.Keys)
                file.Read(name).Dispose();
        });
    }

    [Fact]
    public void The_index_of_sharded_weights()
    {
        using var scope = torch.NewDisposeScope();
        WeightFolder.Write(_folder, [.. Enumerable.Range(0, 3).Select(i => KeyValuePair.Create($"t{i}", torch.ones(10)))], 80);
        var index = At("model.safetensors.index.json");
        Mutator.Attack([File.ReadAllBytes(index)], bytes =>
        {
            File.WriteAllBytes(index, bytes);
            WeightFolder.Open(_folder).Dispose();
        });
    }

    [Fact]
    public void State_dicts_of_PyTorch()
    {
        using var scope = torch.NewDisposeScope();
        StateDict.Write(At("good.pt"), new Dictionary<string, Tensor> { ["x"] = torch.ones(3, 5), ["y"] = torch.ones(2), ["empty"] = torch.empty(0, 7) });
        Mutator.Attack([File.ReadAllBytes(At("good.pt"))], bytes =>
        {
            File.WriteAllBytes(At("bad.pt"), bytes);
            using var file = StateDict.Open(At("bad.pt"));
            foreach (var name in file.Tensors.Keys)
                file.Read(name).Dispose();
        });
    }

    // Without the archive's checksums in the way.
    [Fact]
    public void Pickles_of_state_dicts()
    {
        object?[] id = ["storage", new PickleGlobal("torch", "FloatStorage"), "0", "cpu", 15L];
        var good = new PickleDictionary();
        foreach (var name in (string[])["x", "y"])
            good.Entries.Add(new(name, new PickleCall(new("torch._utils", "_rebuild_tensor_v2"),
                [new PicklePersistent(id), 0L, new object?[] { 3L, 5L }, new object?[] { 5L, 1L }, false, new PickleDictionary()])));
        Mutator.Attack([PickleWriter.Write(good)], bytes =>
        {
            if (PickleReader.Read(bytes, "a.pt", StoredTensor.Expects) is not PickleDictionary dictionary)
                throw new InputException("something else than a dictionary");
            foreach (var (key, value) in dictionary.Entries)
                StoredTensor.Of("a.pt", $"{key}", value);
        });
    }

    [Fact]
    public void The_configuration_of_a_model()
    {
        var good = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "afmoe-tiny"), "config.json", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToArray();
        Assert.NotEmpty(good);
        Mutator.Attack(good, bytes =>
        {
            File.WriteAllBytes(At("config.json"), bytes);
            AfmoeConfig.Read(_folder);
        });
    }

    [Fact]
    public void Notebooks_of_Jupyter() => Mutator.Attack(
        [.. Directory.GetFiles(Repository.PathOf("notebooks"), "*.ipynb").Select(f => Encoding.UTF8.GetBytes(IpynbFormat.ToText(WithoutOutputs(NotebookDocument.Read(f)))))],
        bytes => DibFormat.ToText(IpynbFormat.Parse(Encoding.UTF8.GetString(bytes), "a.ipynb")));

    [Fact]
    public void Notebooks_of_Polyglot() => Mutator.Attack(
        [File.ReadAllBytes(Golden("dib-meta/rt.dib")), .. Directory.GetFiles(Repository.PathOf("notebooks"), "*.ipynb").Select(f => Encoding.UTF8.GetBytes(DibFormat.ToText(NotebookDocument.Read(f))))],
        bytes => IpynbFormat.ToText(DibFormat.Parse(Encoding.UTF8.GetString(bytes), "a.dib")));

    [Fact]
    public void Loads_of_a_replay()
    {
        using var catalog = PluginCatalog.Discover();
        Mutator.Attack(["{\"loads\": [[30, 10, 20], [25, 15, 20]]}"u8.ToArray()], bytes =>
        {
            File.WriteAllBytes(At("loads.json"), bytes);
            var run = CliRun.With(catalog, "balancer", "replay", "none", "--loads", At("loads.json"));
            if (run.Exit != 0)
                throw new InputException(run.Refused());
        });
    }

    [Fact]
    public void Connection_files() => Mutator.Attack(
        ["""{"transport":"tcp","ip":"127.0.0.1","key":"k","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"signature_scheme":"hmac-sha256"}"""u8.ToArray()], bytes =>
    {
        File.WriteAllBytes(At("kernel.json"), bytes);
        ConnectionFile.Read(At("kernel.json"));
    });

    [Fact]
    public void States_of_checkpoints()
    {
        var folder = Directory.CreateDirectory(At("step-3")).FullName;
        new CheckpointStore(_folder).Save(3, new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(), new JsonObject { ["recipe"] = Recipe.Load("lab-tiny").ToTree() }, 9, beside => File.WriteAllText(Path.Combine(beside, "a.txt"), "a"));
        var state = Path.Combine(folder, "state.json");
        Mutator.Attack([File.ReadAllBytes(state)], bytes =>
        {
            File.WriteAllBytes(state, bytes);
            TrainingCheckpoint.RecipeOf(3, new CheckpointStore(_folder).LoadState(3));
        });
    }

    [Fact]
    public void Environments_of_runs() => Mutator.Attack([File.ReadAllBytes(SyntheticRun.Create("good", steps: 2).PathOf("environment.json"))], bytes =>
    {
        var run = WithFile("environment.json", bytes);
        _ = RunFloors.Of(run);
        Told(run);
    });

    [Theory]
    [InlineData("metrics.jsonl", false)]
    [InlineData("metrics.jsonl", true)]
    [InlineData("events.jsonl", false)]
    [InlineData("events.jsonl", true)]
    public void Logs_of_runs(string file, bool isSealed) => Mutator.Attack([Log(file, isSealed)], bytes =>
    {
        var run = WithFile(file, bytes);
        new FollowedRun(run.FullPath).Read();
        RunAnalysis.Explain(run);
        MetricNames.Of(run.PathOf(file));
        Told(run);
    });

    [Fact]
    public void Inboxes_of_runs() => Mutator.Attack(
        ["{\"id\":\"a\",\"command\":\"set\",\"path\":\"balancer\",\"value\":{\"name\":\"smebu\",\"kappa\":3}}\n{\"id\":\"b\",\"command\":\"stop\",\"at_step\":30}\n"u8.ToArray()], bytes =>
    {
        File.WriteAllBytes(At("inbox.jsonl"), bytes);
        Inbox.Read(_folder, sentence => throw new InputException(sentence));
    });

    [Fact]
    public void Messages_signed_and_damaged()
    {
        var format = new WireFormat("k");
        var header = "{\"msg_id\":\"1\",\"msg_type\":\"execute_request\",\"session\":\"s\"}"u8.ToArray();
        Mutator.Attack([header], bytes => Receive(bytes, "{}"u8.ToArray()));
        Mutator.Attack(["{\"code\":\"1\",\"silent\":false,\"user_expressions\":{\"a\":\"1\"},\"allow_stdin\":true}"u8.ToArray()], bytes => Receive(header, bytes));

        void Receive(byte[] first, byte[] content)
        {
            try
            {
                ExecuteRequest.Read(format.Read(format.Signed([first, "{}"u8.ToArray(), "{}"u8.ToArray(), content])));
            }
            catch (FormatException e)
            {
                throw new InputException(e.Message, e);
            }
        }
    }

    private static byte[] Log(string file, bool isSealed)
    {
        var lines = File.ReadAllLines(SyntheticRun.Create("good", steps: 3).PathOf(file));
        return isSealed ? [.. lines.SelectMany(LogLine.Seal)] : Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
    }

    private RunReader WithFile(string file, byte[] content)
    {
        var run = Directory.CreateDirectory(At("run")).FullName;
        File.WriteAllText(Path.Combine(run, "recipe.yaml"), "name: a\n");
        File.WriteAllBytes(Path.Combine(run, file), content);
        return RunReader.Open(run);
    }

    // A damaged row is no refusal: what can be read is read, and it is named.
    private static void Told(RunReader run)
    {
        // Each file stands alone in its folder: that the others' rows are not there is true and not its fault.
        if (run.Damaged.FirstOrDefault(d => !d.Reason.Contains("are missing", StringComparison.Ordinal)) is { } damaged)
            throw new InputException(damaged.ToString());
    }

    private static NotebookDocument WithoutOutputs(NotebookDocument notebook) => new()
    {
        Metadata = notebook.Metadata,
        Language = notebook.Language,
        KernelInfo = notebook.KernelInfo,
        Cells = [.. notebook.Cells.Select(c => new NotebookCell(c.Kind, c.Source) { Id = c.Id, Metadata = c.Metadata })],
    };

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "inputs", name);

    private string At(string name) => Path.Combine(_folder, name);
}
