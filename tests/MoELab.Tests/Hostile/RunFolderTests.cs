using MoELab.Live;
using MoELab.Query;
using MoELab.Runs.Analysis;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;
using MoELab.Training;
using MoELab.Views.Reports;

namespace MoELab.Tests.Hostile;

/// <summary>The folder of somebody else's run, damaged or forged: what can be shown is shown, and what is wrong is one sentence with file and place.</summary>
public sealed class RunFolderTests : IDisposable
{
    private static readonly string[] BadRows =
    [
        "{\"step\":\"3\",\"loss\":2}", "{\"step\":null,\"loss\":2}", "{\"loss\":2}", "{\"step\":1e999,\"loss\":2}", "{\"step\":-1,\"loss\":2}", "{\"step\":2.5,\"loss\":2}",
        "{\"step\":99999999999,\"loss\":2}", "{\"step\":3,\"loss\":2,\"loss\":3}", "{\"step\":5,\"loss\":2,\"loss\":3}", "{\"step\":3,\"step\":4,\"loss\":2}", "{\"step\":5,\"step\":5,\"loss\":2}", "{\"step\":3,\"\\ud800\":2}", "{\"step\":3,\"loss\":\"\\udc00\"}",
        "[]", "null", "5", "\"text\"", "{\"step\":3,\"loss\":", "{\"step\":3,\"loss\":2}}", new string('[', 10_000), "{\"step\":3,\"x\":" + new string('[', 10_000) + new string(']', 10_000) + "}",
    ];

    private static readonly string[] BadEvents =
    [
        "{\"step\":3,\"kind\":\"set\",\"message\":\"a\",\"data\":{\"path\":\"x\",\"path\":\"y\"}}", "{\"step\":3,\"step\":4,\"kind\":\"note\",\"message\":\"a\"}",
        "{\"step\":3,\"kind\":\"note\",\"message\":\"\\ud800\"}", "{\"step\":3,\"kind\":\"note\",\"message\":\"a\",\"data\":{\"\\udc00\":1}}", "[]", "null", "5", "{\"kind\":", new string('{', 10_000),
    ];

    // Each is an event, of a kind that nothing here writes so.
    private static readonly string[] OddEvents =
    [
        "{\"step\":3,\"kind\":\"note\",\"message\":\"\"}", "{\"step\":\"3\",\"kind\":5,\"message\":null}", "{\"time\":7,\"step\":3,\"kind\":\"swap\",\"message\":\"m\",\"data\":{\"path\":\"balancer\",\"value\":{\"name\":[1]}}}",
        "{\"step\":3,\"kind\":\"set\",\"message\":\"m\",\"data\":{\"path\":\"training.steps\",\"value\":\"many\"}}", "{\"step\":3,\"kind\":\"set\",\"message\":\"m\",\"data\":{\"path\":7,\"value\":{}}}",
        "{\"step\":3,\"kind\":\"set\",\"message\":\"m\",\"data\":{\"path\":\"training.steps\",\"value\":1e999}}", "{\"step\":3,\"kind\":\"ack\",\"message\":\"m\",\"data\":[1]}", "{\"step\":3,\"kind\":\"ack\",\"message\":\"m\",\"data\":{\"id\":{}}}",
        "{\"step\":3,\"kind\":\"ack\",\"message\":\"m\",\"data\":{\"id\":\"a\",\"before_step\":\"7\"}}", "{\"step\":3,\"kind\":\"ack\",\"message\":\"m\",\"data\":{\"id\":\"b\"}}", "{\"step\":0,\"kind\":\"start\",\"message\":\"m\",\"data\":{\"bigram\":1e999,\"xz\":\"x\"}}", "{\"a\":1}",
    ];

    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_row_of_metrics_that_is_none_is_named_and_the_others_are_read(bool isSealed)
    {
        var run = _tiny.Train(name: "odd");
        var rows = Lines(run, "metrics.jsonl", isSealed);
        foreach (var bad in BadRows)
        {
            Put(run, "metrics.jsonl", [.. rows[..4], Line(bad, isSealed), .. rows[4..]]);
            var read = RunReader.Open(run);
            Assert.True(read.Damaged.Count == 1 && read.Damaged[0] is { File: "metrics.jsonl", Row: 5, After: 4 }, $"{string.Join("; ", read.Damaged)}: {bad}");
            Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], read.Metrics.Steps);
            Assert.Equal(8, read.Metrics["loss"].Count);
            Shown(run, 8);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_event_that_is_none_is_named_and_the_others_are_read(bool isSealed)
    {
        var run = _tiny.Train(name: "odd");
        var rows = Lines(run, "events.jsonl", isSealed);
        foreach (var bad in BadEvents)
        {
            Put(run, "events.jsonl", [.. rows[..3], Line(bad, isSealed), .. rows[3..]]);
            var read = RunReader.Open(run);
            Assert.True(read.Damaged.Count == 1 && read.Damaged[0] is { File: "events.jsonl", Row: 4 }, $"{string.Join("; ", read.Damaged)}: {bad}");
            Assert.Equal(rows.Length, read.Events.Count);
            Shown(run, 8);
        }
    }

    [Fact]
    public void Events_of_any_form_break_no_display_and_no_resume()
    {
        var run = Stopped("odd");
        var rows = Lines(run, "events.jsonl", true);
        Put(run, "events.jsonl", [.. rows[..^1], .. OddEvents.Select(e => Line(e, true)), rows[^1]]);
        Shown(run, 6);
        using (var trainer = Trainer.Resume(run, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, trainer.Run());
        Shown(run, 8);
    }

    [Fact]
    public void An_environment_that_cannot_be_read_is_named_and_hides_nothing()
    {
        var run = Stopped("odd");
        foreach (var (what, document) in BadJson.Documents)
        {
            File.WriteAllBytes(Path.Combine(run, "environment.json"), document);
            var read = RunReader.Open(run);
            if (what.StartsWith("a key twice", StringComparison.Ordinal))
                Assert.Contains("occurs twice", Assert.Single(read.Damaged).Reason, StringComparison.Ordinal);
            Assert.StartsWith("environment.json: ", Assert.Single(read.Damaged).ToString(), StringComparison.Ordinal);
            Assert.Empty(read.Environment);
            Shown(run, 6);
            Assert.Contains("run 'odd' is damaged: environment.json: ", CliRun.Of("runs", "--runs", _tiny.Runs).Error, StringComparison.Ordinal);
            Assert.Contains("Damaged: environment.json: ", CliRun.Of("show", run).Output, StringComparison.Ordinal);
            var refused = CliRun.With(_tiny.Catalog, "resume", run);
            Assert.Equal(2, refused.Exit);
            Assert.Contains("environment.json: ", refused.Error, StringComparison.Ordinal);
            Assert.Contains("delete it to continue without that check", Assert.Single(refused.Error.Split('\n'), l => l.StartsWith("moelab: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
        File.Delete(Path.Combine(run, "environment.json"));
        Assert.Equal(0, CliRun.With(_tiny.Catalog, "resume", run).Exit);
    }

    [Fact]
    public void Every_value_of_an_environment_may_be_anything()
    {
        var run = _tiny.Train(name: "odd");
        var path = Path.Combine(run, "environment.json");
        foreach (var (what, text) in BadJson.Replaced(File.ReadAllText(path), 1))
        {
            File.WriteAllText(path, text);
            Assert.True(Record.Exception(() => Pages(run)) is null, what);
        }
    }

    [Fact]
    public void A_row_without_end_is_refused_before_it_takes_all_memory()
    {
        var run = _tiny.Train(name: "odd");
        using (var file = new FileStream(Path.Combine(run, "metrics.jsonl"), FileMode.Append))
            file.SetLength(file.Length + ByteLines.MostBytes + (4 << 20));
        Assert.Contains("metrics.jsonl: row 9 is longer than 64 MiB", CliRun.Of("show", run).Refused(), StringComparison.Ordinal);
        Assert.Contains("row 9 is longer than 64 MiB", CliRun.Of("runs", "--runs", _tiny.Runs).Error, StringComparison.Ordinal);
        var tail = new FollowedRun(run);
        tail.Read();
        Assert.Equal(8, tail.Step);
    }

    private static RunReader Pages(string run)
    {
        var opened = RunReader.Open(run);
        Assert.NotEmpty(RunAnalysis.Explain(opened));
        Assert.NotEmpty(Report.ToHtml(opened));
        return opened;
    }

    // Every reader of a run folder, over one.
    private void Shown(string run, int step)
    {
        Assert.Equal(step, Pages(run).Step);
        var shown = CliRun.Of("show", run, "--json");
        Assert.True(shown.Exit == 0, shown.Error);
        Assert.Equal(step, shown.Json["step"]!.GetValue<int>());
        var tail = new FollowedRun(run);
        tail.Read();
        Assert.Equal((step, step), (tail.Step, tail.Metrics["loss"].Count));
        using var database = new RunDatabase(_tiny.Runs);
        Assert.Equal(step, Convert.ToInt32(database.Query("select max(step) as last from steps")[0]["last"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.NotNull(database.Query("select count(*) as n from events")[0]["n"]);
        Assert.Contains("loss", database.Schema()["steps"].Select(c => c.Name));
    }

    [Fact]
    public void What_a_terminal_would_obey_is_shown_as_text()
    {
        var run = _tiny.Train(name: "colourful");
        File.AppendAllText(Path.Combine(run, "events.jsonl"), Encoding.UTF8.GetString(LogLine.Seal("""{"step":3,"kind":"no\u0007te","message":"\u001b[2Jgone\nnext"}""")));
        var shown = CliRun.Of("show", run).Output;
        Assert.Contains(@"no\u0007te", shown);
        Assert.Contains(@"\u001b[2Jgone\nnext", shown);
        Assert.DoesNotContain(shown, c => char.IsControl(c) && c is not ('\n' or '\r'));
    }

    private static string[] Lines(string run, string file, bool isSealed)
    {
        var lines = File.ReadAllLines(Path.Combine(run, file));
        return isSealed ? lines : [.. lines.Select(l => l[..l.IndexOf(",\"crc\":\"", StringComparison.Ordinal)] + "}")];
    }

    private static string Line(string row, bool isSealed) => isSealed && row.EndsWith('}') ? Encoding.UTF8.GetString(LogLine.Seal(row)).TrimEnd('\n') : row;

    private static void Put(string run, string file, string[] lines) => File.WriteAllLines(Path.Combine(run, file), lines);

    private string Stopped(string name)
    {
        using var trainer = _tiny.Create(name: name);
        trainer.StepFinished += row => { if (row.Step == 6) trainer.RequestStop(); };
        Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        return trainer.Folder;
    }
}
