using System.Net;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Tests.Views;
using MoELab.Training;

namespace MoELab.Tests.Board;

public sealed class BoardListTests
{
    [Fact]
    public async Task A_row_says_what_the_run_says()
    {
        using var tiny = new TinyRuns();
        var run = RunReader.Open(tiny.Train(name: "first"));
        await using var board = await OpenBoard.Over(tiny.Runs);
        var row = (await board.Rows())["first"];
        Assert.Equal("finished", row["state"]!.ToString());
        Assert.Equal((8, 8), ((int)row["step"]!, (int)row["steps"]!));
        Assert.Equal(run.Metrics["loss"].Last, (double)row["loss"]!);
        Assert.Equal(run.Metrics["eval/bits_per_byte"].Last, (double)row["bits"]!);
        Assert.Equal(run.Metrics["max_vio/mean"].Last, (double)row["maxVio"]!);
        Assert.Equal("smebu", row["values"]!["balancer.name"]!.ToString());
        Assert.Null(row["problem"]);
    }

    [Fact]
    public async Task Tags_notes_and_the_archive_are_kept_in_the_folder_and_survive_a_resume()
    {
        using var tiny = new TinyRuns();
        var folder = tiny.Stop(tiny.Recipe, "stopped", 5);
        await using var board = await OpenBoard.Over(tiny.Runs);
        await board.Post("api/notes", new { run = "stopped", tags = new[] { "good", " best ", "good" }, text = "an <odd> one" });
        await board.Post("api/notes", new { run = "stopped", archived = true });
        var row = (await board.Rows())["stopped"];
        Assert.Equal(["good", "best"], row["tags"]!.AsArray().Select(t => t!.ToString()));
        Assert.Equal(("an <odd> one", true), (row["notes"]!.ToString(), (bool)row["archived"]!));

        using (var trainer = Trainer.Resume(folder, tiny.Catalog)!)
            trainer.Run();
        Assert.Equal("an <odd> one", RunNotes.Read(folder).Text);
        row = (await board.Rows())["stopped"];
        Assert.Equal(("finished", 8), (row["state"]!.ToString(), (int)row["step"]!));
        Assert.Empty(RunReader.Open(folder).Damaged);
    }

    [Theory]
    [InlineData("""{"run": "a", "tags": ["a,b"]}""", "no comma")]
    [InlineData("""{"run": "a", "tags": "x"}""", "expected a list of tags")]
    [InlineData("""{"run": "a", "text": 3}""", "expected text")]
    [InlineData("""{"run": "../a", "text": ""}""", "not usable as a folder")]
    [InlineData("""{"run": "a", "archived": 1}""", "expected true or false")]
    public async Task Notes_that_cannot_be_kept_are_refused(string body, string sentence)
    {
        var runs = TestFolders.New("runs");
        SyntheticRun.Create("a", steps: 3, runs: runs);
        await using var board = await OpenBoard.Over(runs);
        Assert.Contains(sentence, await board.Refusal("api/notes", JsonNode.Parse(body)!));
        Assert.False(File.Exists(Path.Combine(runs, "a", RunNotes.FileName)));
    }

    [Fact]
    public async Task A_run_is_deleted_only_when_its_name_is_confirmed_and_never_while_it_trains()
    {
        var runs = TestFolders.New("runs");
        foreach (var name in new[] { "done", "busy" })
            SyntheticRun.Create(name, steps: 3, runs: runs);
        await using var board = await OpenBoard.Over(runs);
        Assert.Contains("expected the same name", await board.Refusal("api/delete", new { run = "done", confirm = "don" }));
        Assert.Contains("confirm is absent", await board.Refusal("api/delete", new { run = "done" }));
        using (RunFolder.Open(Path.Combine(runs, "busy")))
            Assert.Contains("'busy' is training", await board.Refusal("api/delete", new { run = "busy", confirm = "busy" }));
        await board.Post("api/delete", new { run = "done", confirm = "done" });
        Assert.Equal(["busy"], (await board.Rows()).Keys);
        await board.Post("api/delete", new { run = "busy", confirm = "busy" });
        Assert.Empty(Directory.GetDirectories(runs));
    }

    [Fact]
    public async Task A_folder_that_is_deleted_under_the_board_is_gone_and_says_so()
    {
        var runs = TestFolders.New("runs");
        SyntheticRun.Create("here", steps: 3, runs: runs);
        SyntheticRun.Create("gone", steps: 3, runs: runs);
        await using var board = await OpenBoard.Over(runs);
        await board.Get("api/curves?run=gone&metric=loss");
        Directory.Delete(Path.Combine(runs, "gone"), recursive: true);
        foreach (var path in new[] { "api/curves?run=gone&metric=loss", "api/run?run=gone", "api/routing?run=gone", "api/compare?run=here&run=gone" })
            Assert.Contains("run 'gone': not in", await board.Refusal(path, expected: HttpStatusCode.NotFound));
        await Task.Delay(600, TestContext.Current.CancellationToken);
        Assert.Equal(["here"], (await board.Rows()).Keys);
        Directory.Delete(runs, recursive: true);
        await Task.Delay(600, TestContext.Current.CancellationToken);
        Assert.Contains("is gone", await board.Refusal("api/runs"));
    }

    [Fact]
    public async Task A_thousand_broken_folders_are_listed_with_what_is_wrong()
    {
        var runs = TestFolders.New("runs");
        SyntheticRun.Create("good", steps: 3, runs: runs);
        (string File, string Text)[] ways = [("recipe.yaml", "model: [1"), ("recipe.yaml", "modle: {}\n"), ("metrics.jsonl", "\u0001garbage\n"), ("events.jsonl", "{\n"), ("recipe.yaml", "")];
        for (var i = 0; i < 1000; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(runs, $"broken-{i}")).FullName;
            File.WriteAllText(Path.Combine(folder, ways[i % ways.Length].File), ways[i % ways.Length].Text);
        }
        await using var board = await OpenBoard.Over(runs);
        var rows = await board.Rows();
        Assert.Equal(1001, rows.Count);
        Assert.Null(rows["good"]["problem"]);
        Assert.Contains("broken-0", rows["broken-0"]["problem"]!.ToString());
        Assert.Contains("modle", rows["broken-1"]["problem"]!.ToString());
        Assert.Contains("no recipe.yaml", rows["broken-2"]["problem"]!.ToString());
        Assert.Contains("no recipe.yaml", rows["broken-3"]["problem"]!.ToString());
        Assert.All(rows.Values, r => Assert.True(r["name"]!.ToString() == "good" || r["problem"] is not null || r["state"]!.ToString() == "empty"));
    }

    [Fact]
    public async Task Looking_at_a_run_loads_no_plugin_from_its_folder()
    {
        var runs = TestFolders.New("runs");
        var run = SyntheticRun.Create("foreign", steps: 5, runs: runs);
        var recipe = run.PathOf("recipe.yaml");
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("smebu", "stranger@0123456789abcdef", StringComparison.Ordinal));
        var plugin = Directory.CreateDirectory(run.PathOf("plugins/stranger-0123456789abcdef")).FullName;
        File.Copy(typeof(MoELab.Plugins.Smebu.Smebu).Assembly.Location, Path.Combine(plugin, "Stranger.dll"));
        await using var board = await OpenBoard.Over(runs);
        Assert.Null((await board.Rows())["foreign"]["problem"]);
        foreach (var path in new[] { "api/run?run=foreign", "api/curves?run=foreign", "api/routing?run=foreign", "api/domains?run=foreign", "report?run=foreign" })
            Assert.Equal(HttpStatusCode.OK, (await board.Client.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), a => !a.IsDynamic && a.Location.StartsWith(runs, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Commands_reach_the_inbox_of_a_run_that_trains_and_of_no_other()
    {
        var runs = TestFolders.New("runs");
        var run = SyntheticRun.Create("a", steps: 3, runs: runs);
        await using var board = await OpenBoard.Over(runs);
        Assert.Contains("is not training; it is finished", await board.Refusal("api/act", new { run = "a", action = "stop" }));
        Assert.Contains("unknown action 'set'", await board.Refusal("api/act", new { run = "a", action = "set" }));
        var events = File.ReadAllLines(run.PathOf("events.jsonl"));
        File.WriteAllLines(run.PathOf("events.jsonl"), events[..^1]);
        using var held = RunFolder.Open(run.FullPath);
        Assert.Contains("a pauses", (await board.Post("api/act", new { run = "a", action = "pause" }))["done"]!.ToString());
        Assert.Equal(CommandKind.Pause, Assert.Single(Inbox.Read(run.FullPath)).Kind);
    }
}
