using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Runs;

/// <summary>A byte that is no longer what was written is told of, wherever it stands in a run's logs.</summary>
public sealed class DamageTests : IDisposable
{
    private const int Flips = 500;
    private readonly TinyRuns _tiny = new();

    public static TheoryData<string> Logs => ["metrics.jsonl", "events.jsonl", "routing.bin"];

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [MemberData(nameof(Logs))]
    public void Every_flipped_byte_is_told_of(string file)
    {
        var run = _tiny.Train();
        var path = Path.Combine(run, file);
        var whole = File.ReadAllBytes(path);
        Assert.Empty(RunReader.Open(run).Damaged);
        var random = new Random(20260714);
        // Every byte of the ends, where a reader may take damage for a torn row, and a sample of the rest.
        var places = Enumerable.Range(0, 40).Concat(Enumerable.Range(whole.Length - 60, 60)).Concat(Enumerable.Range(0, Flips).Select(_ => random.Next(whole.Length)));
        foreach (var at in places)
        {
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(path, bytes);
            Assert.True(RunReader.Open(run).Damaged.Any(d => d.File == file), $"byte {at} of {file}: {whole[at]} became {bytes[at]} unseen");
        }
    }

    [Fact]
    public void The_one_row_of_a_log_is_checked_too()
    {
        foreach (var (file, line) in new[] { ("metrics.jsonl", "{\"step\":1,\"loss\":2.5}"), ("events.jsonl", "{\"time\":\"2026-01-01T00:00:00Z\",\"step\":0,\"kind\":\"start\",\"message\":\"begins\"}") })
        {
            var folder = TestFolders.New("one-row");
            var path = Path.Combine(folder, file);
            var whole = LogLine.Seal(line);
            for (var at = 0; at < whole.Length; at++)
                foreach (var mask in new byte[] { 1, 2, 4, 8, 16, 32, 64, 128, 255 })
                {
                    var bytes = (byte[])whole.Clone();
                    bytes[at] ^= mask;
                    File.WriteAllBytes(path, bytes);
                    Assert.True(RunReader.Open(folder).Damaged.Count > 0, $"byte {at} of {file}: {(char)whole[at]} became {(char)bytes[at]} unseen");
                }
        }
    }

    [Fact]
    public void A_torn_last_line_or_record_is_no_damage_at_any_length()
    {
        var run = Stopped("torn");
        foreach (var file in new[] { "metrics.jsonl", "events.jsonl", "routing.bin" })
        {
            var path = Path.Combine(run, file);
            var whole = File.ReadAllBytes(path);
            for (var cut = 1; cut < 200; cut++)
            {
                File.WriteAllBytes(path, whole[..^cut]);
                Assert.Empty(RunReader.Open(run).Damaged);
            }
            File.WriteAllBytes(path, whole);
        }
    }

    [Fact]
    public void Logs_of_an_older_version_are_read_as_they_are_and_get_checksums_on_a_resume()
    {
        var whole = _tiny.Train(name: "whole");
        var run = Stopped("older");
        foreach (var file in new[] { "metrics.jsonl", "events.jsonl" })
            File.WriteAllLines(Path.Combine(run, file), File.ReadAllLines(Path.Combine(run, file)).Select(l => l[..l.IndexOf(",\"crc\":\"", StringComparison.Ordinal)] + "}"));
        var routing = File.ReadAllBytes(Path.Combine(run, "routing.bin"));
        (routing[8], routing[20], routing[21], routing[22], routing[23]) = (1, 1, 0, 0, 0);
        for (var at = 24; at < routing.Length; at += 8 + (4 * 2 * 8))
            routing.AsSpan(at + 4, 4).Clear();
        File.WriteAllBytes(Path.Combine(run, "routing.bin"), routing);
        var older = RunReader.Open(run);
        Assert.Empty(older.Damaged);
        Assert.Equal((6, 6, 8), (older.Metrics.Steps.Count, older.RoutingSteps.Count, older.Routing!.Experts));
        using (var trainer = Trainer.Resume(run, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, trainer.Run());
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(run));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "routing.bin")), File.ReadAllBytes(Path.Combine(run, "routing.bin")));
        Assert.All(File.ReadLines(Path.Combine(run, "events.jsonl")), l => Assert.True(LogLine.Holds(System.Text.Encoding.UTF8.GetBytes(l))));
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_resume_refuses_drops_or_goes_back(string file)
    {
        var whole = _tiny.Train(name: "whole");
        var run = Stopped("damaged");
        Flip(Path.Combine(run, file), file == "routing.bin" ? 24 + 72 + 20 : 2, file == "routing.bin" ? 0 : 1);
        Assert.Contains($"{file}, row 2", CliRun.With(_tiny.Catalog, "resume", run).Refused());
        Assert.Contains("--damaged drop", Assert.Throws<InputException>(() => Trainer.Resume(run, _tiny.Catalog)).Message);

        var copy = Copy(run, "dropped");
        Assert.Equal(0, CliRun.With(_tiny.Catalog, "resume", copy, "--damaged", "drop").Exit);
        Assert.Empty(RunReader.Open(copy).Damaged);
        Assert.True(File.Exists(Path.Combine(copy, file + ".damaged")));
        Assert.Contains(TinyRuns.Events(copy), e => e.Message.Contains($"damaged and left out: {file}, row 2", StringComparison.Ordinal));
        if (file != "routing.bin" && file != "events.jsonl")
            Assert.Equal(whole.Length > 0 ? TinyRuns.Rows(whole).Where((_, i) => i != 1) : [], TinyRuns.Rows(copy));
        if (file == "routing.bin")
            Assert.Equal([1, 3, 4, 5, 6, 7, 8], RunReader.Open(copy).RoutingSteps);

        Assert.Equal(0, CliRun.With(_tiny.Catalog, "resume", run, "--damaged", "rewind").Exit);
        Assert.Contains(TinyRuns.Events(run), e => e.Kind == EventKind.Restart && e.Message.Contains("starting at the first step", StringComparison.Ordinal));
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(run));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "routing.bin")), File.ReadAllBytes(Path.Combine(run, "routing.bin")));
    }

    [Fact]
    public void A_damaged_head_of_the_routing_is_made_anew_from_the_recipe()
    {
        var whole = _tiny.Train(name: "whole");
        var run = Stopped("head");
        Flip(Path.Combine(run, "routing.bin"), 13, 0);
        Assert.Contains("routing.bin: ", CliRun.With(_tiny.Catalog, "resume", run).Refused());
        Assert.Equal(0, CliRun.With(_tiny.Catalog, "resume", run, "--damaged", "drop").Exit);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "routing.bin")), File.ReadAllBytes(Path.Combine(run, "routing.bin")));
    }

    [Fact]
    public void Every_reading_names_the_damaged_row()
    {
        var run = _tiny.Train(name: "read");
        Flip(Path.Combine(run, "metrics.jsonl"), 3, 1);
        const string told = "metrics.jsonl, row 3 (after step 2): its checksum is wrong";
        Assert.Contains(told, CliRun.Of("show", run).Output);
        Assert.Contains(told, CliRun.Of("show", run, "--json").Json["damaged"]!.AsArray().Single()!.ToString());
        Assert.Contains(told, CliRun.Of("runs", "--runs", _tiny.Runs).Error);
        Assert.Contains(told, CliRun.Of("runs", "--runs", _tiny.Runs, "--json").Json[0]!["damaged"]!.AsArray().Single()!.ToString());
        Assert.Equal(0, CliRun.Of("report", run).Exit);
        Assert.Contains(told, File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Contains(told, CliRun.Of("compare", run, _tiny.Train(name: "other"), "--output", Path.Combine(_tiny.Folder, "c.html")).Error);
        using var database = new MoELab.Query.RunDatabase(_tiny.Runs);
        Assert.Contains(told, (string)database.Query("select damaged from runs where run = 'read'")[0]["damaged"]!);
        var tail = new MoELab.Live.FollowedRun(run);
        tail.Read();
        Assert.Equal(told, Assert.Single(tail.Damaged).ToString());
        Assert.Equal([1, 2, 4, 5, 6, 7, 8], RunReader.Open(run).Metrics.Steps);
    }

    private static void Flip(string path, int row, int jsonLines)
    {
        var bytes = File.ReadAllBytes(path);
        var at = row;
        if (jsonLines > 0)
            for (at = 0; row > 1; row--)
                at = Array.IndexOf(bytes, (byte)'\n', at) + 1;
        bytes[at + (jsonLines * 9)] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static string Copy(string run, string name)
    {
        var to = Path.Combine(Path.GetDirectoryName(run)!, name);
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return to;
    }

    private string Stopped(string name)
    {
        using var trainer = _tiny.Create(name: name);
        trainer.StepFinished += row => { if (row.Step == 6) trainer.RequestStop(); };
        Assert.Equal(TrainingEnd.Stopped, trainer.Run());
        return trainer.Folder;
    }
}
