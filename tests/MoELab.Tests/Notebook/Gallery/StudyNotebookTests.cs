using MoELab.Plugins;
using MoELab.Tests.Cli;

namespace MoELab.Tests.Notebook.Gallery;

/// <summary>The notebook of a published claim runs anew on its small setting, and shows the verdicts of the recorded runs.</summary>
public sealed class StudyNotebookTests
{
    private const string Name = "packing";

    [Fact]
    public void A_notebook_of_a_study_trains_its_small_setting_and_shows_the_recorded_verdicts()
    {
        var folder = TestFolders.New("study-notebook");
        Directory.CreateDirectory(Path.Combine(folder, "results"));
        foreach (var file in new[] { Name + ".yaml", Path.Combine("results", Name + ".jsonl") })
            File.Copy(Path.Combine(Repository.Root, "studies", file), Path.Combine(folder, file));
        var (source, output) = (Path.Combine(folder, Name + ".ipynb"), Path.Combine(folder, "out.ipynb"));
        // The notebook names its study relative to its own folder, in which a test cannot be.
        File.WriteAllText(source, File.ReadAllText(Path.Combine(Repository.Root, "studies", Name + ".ipynb"))
            .Replace($"(\\\"{Name}.yaml", $"(\\\"{Path.Combine(folder, Name)}.yaml", StringComparison.Ordinal));
        var run = CliRun.With(PluginCatalog.Discover(), ["notebook", "run", source, "-p", "steps=1", "--runs", Path.Combine(folder, "runs"), "--output", output]);
        Assert.True(run.Exit == 0, run.Error);
        var (committed, anew) = (Shown(source), Shown(output));
        Assert.Equal(committed.Length, anew.Length);
        Assert.Equal(committed[^1], anew[^1]);
        Assert.Contains("reversed", anew[^1], StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetDirectories(Path.Combine(folder, "runs"), Name + "-small-*").Length);
    }

    // What each code cell shows as text.
    private static string[] Shown(string notebook) => [.. JsonNode.Parse(File.ReadAllText(notebook))!["cells"]!.AsArray()
        .Where(c => (string?)c!["cell_type"] == "code" && !(c["metadata"]!["tags"]?.AsArray() ?? []).Any(t => (string?)t is "parameters" or "injected-parameters"))
        .Select(c => string.Concat(c!["outputs"]!.AsArray().Select(o => o!["data"]?["text/plain"]?.ToJsonString() ?? o["text"]?.ToJsonString())))];
}
