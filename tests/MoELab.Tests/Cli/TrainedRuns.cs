using MoELab.Tests.Training;

namespace MoELab.Tests.Cli;

/// <summary>Two finished runs, the model of the first, and the files that commands read; trained once for a class of tests.</summary>
public sealed class TrainedRuns : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public TrainedRuns()
    {
        Recipe = _tiny.Write();
        First = _tiny.Train(name: "first");
        Second = _tiny.Train(_tiny.Recipe.With("balancer=none"), "second");
        Model = Path.Combine(_tiny.Folder, "model");
        Assert.Equal(0, Cli("export", First, Model).Exit);
        Tokens = Write("tokens.json", "[256, 104, 101, 108, 108, 111]");
        Loads = Write("loads.json", "{\"loads\": [[3, 1, 2], [2, 2, 2]]}");
        Study = Write("study.yaml", $"recipe: {Recipe}\narms: {{ a: {{}}, b: {{ balancer: none }} }}\nseeds: 2\nbudget: 2 steps\n");
        Book = Write("book.dib", "#!csharp\n\n1 + 1\n");
    }

    public string Recipe { get; }

    public string First { get; }

    public string Second { get; }

    public string Model { get; }

    public string Tokens { get; }

    public string Loads { get; }

    public string Study { get; }

    public string Book { get; }

    public string Runs => _tiny.Runs;

    public string Folder => _tiny.Folder;

    internal TinyRuns Tiny => _tiny;

    internal CliRun Cli(params string[] args) => CliRun.With(_tiny.Catalog, args);

    /// <summary>Fills in <c>{recipe}</c>, <c>{first}</c>, <c>{second}</c>, <c>{model}</c>, <c>{tokens}</c>, <c>{loads}</c>, <c>{study}</c>, <c>{book}</c>, <c>{runs}</c> and <c>{folder}</c>.</summary>
    internal CliRun Line(string line) => Cli([.. line.Split(' ').Select(word => word
        .Replace("{recipe}", Recipe, StringComparison.Ordinal).Replace("{first}", First, StringComparison.Ordinal).Replace("{second}", Second, StringComparison.Ordinal)
        .Replace("{model}", Model, StringComparison.Ordinal).Replace("{tokens}", Tokens, StringComparison.Ordinal).Replace("{loads}", Loads, StringComparison.Ordinal)
        .Replace("{study}", Study, StringComparison.Ordinal).Replace("{book}", Book, StringComparison.Ordinal).Replace("{runs}", Runs, StringComparison.Ordinal).Replace("{folder}", Folder, StringComparison.Ordinal))]);

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A copy of the exported model that a test may damage.</summary>
    public string CopyOfModel()
    {
        var copy = TestFolders.New("model");
        foreach (var file in Directory.GetFiles(Model))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    public void Dispose() => _tiny.Dispose();
}
