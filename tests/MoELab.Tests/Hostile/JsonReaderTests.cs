using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.HuggingFace;
using MoELab.Documents;
using MoELab.Interop.Files;
using MoELab.Jupyter;
using MoELab.Model;
using MoELab.Recipes.Input;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Tests.Cli;

namespace MoELab.Tests.Hostile;

/// <summary>Each reader of a whole JSON file, with each way in which such a file is wrong: one sentence with the file, and what was expected.</summary>
public sealed class JsonReaderTests : IDisposable
{
    private static readonly Dictionary<string, (Action<string> Read, long Most)> Readers = new()
    {
        ["step-4/state.json"] = (path => new CheckpointStore(Path.GetDirectoryName(Path.GetDirectoryName(path))!).LoadState(4), InputJson.MostBytes),
        ["environment.json"] = (path => RunEnvironment.Read(path), InputJson.MostBytes),
        ["tokenizer.json"] = (path => Tokenizers.Create(path), TokenizerFile.MaxBytes),
        ["config.json"] = (path => AfmoeConfig.Read(Path.GetDirectoryName(path)!), InputJson.MostBytes),
        ["model.safetensors.index.json"] = (path => WeightFolder.Open(Path.GetDirectoryName(path)!).Dispose(), InputJson.MostBytes),
        ["pytorch_model.bin.index.json"] = (path => WeightFolder.Open(Path.GetDirectoryName(path)!).Dispose(), InputJson.MostBytes),
        ["kernel.json"] = (path => ConnectionFile.Read(path), InputJson.MostBytes),
        ["book.ipynb"] = (path => NotebookDocument.Read(path), NotebookDocument.MaxBytes),
        ["loads.json"] = (path => Cli("balancer", "replay", "none", "--loads", path), InputJson.MostBytes),
        ["inbox.jsonl"] = (path => Inbox.Read(Path.GetDirectoryName(path)!, sentence => throw new InputException(sentence)), -1),
    };

    private readonly string _folder = TestFolders.New("json");

    public static TheoryData<string, string> Cases => [.. Readers.Keys.SelectMany(r => BadJson.Documents.Keys.Where(d => r != "inbox.jsonl" || d != "empty").Select(d => (r, d)))];

    public static TheoryData<string> Files => [.. Readers.Where(r => r.Value.Most > 0).Select(r => r.Key)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_wrong_with_a_file_is_one_sentence(string file, string what)
    {
        // The last row of an inbox is read once it is whole.
        File.WriteAllBytes(At(file), [.. BadJson.Documents[what], .. file == "inbox.jsonl" ? "\n"u8 : []]);
        Sentence(file, At(file));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_without_end_is_refused_at_its_limit(string file)
    {
        var path = At(file);
        using (var empty = File.Create(path))
            empty.SetLength(Readers[file].Most + 1);
        Assert.Contains($"more than {Readers[file].Most >> 20} MiB", Sentence(file, path), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_folder_in_the_place_of_a_file_is_named(string file)
    {
        Directory.CreateDirectory(At(file));
        Sentence(file, At(file));
    }

    private static void Cli(params string[] args)
    {
        var run = CliRun.Of(args);
        throw new InputException(run.Refused());
    }

    private static string Sentence(string file, string path)
    {
        var refused = Assert.IsType<InputException>(Record.Exception(() => Readers[file].Read(path)));
        Assert.Contains(Path.GetFileName(file), refused.Message, StringComparison.Ordinal);
        Assert.Matches("expected|no file|no state.json|no such", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        return refused.Message;
    }

    private string At(string file)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
