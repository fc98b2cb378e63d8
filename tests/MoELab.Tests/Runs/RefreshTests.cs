using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Views;

namespace MoELab.Tests.Runs;

/// <summary>A run that is read on while it grows, is cut or damaged shows at every moment what a reading from the beginning shows.</summary>
public sealed class RefreshTests
{
    private readonly RunReader _run = RunReader.Open(SyntheticRun.Create("refreshed", steps: 12, layers: 2, experts: 4).FullPath);

    public static TheoryData<bool, int> Cases => new(from isSealed in new[] { true, false } from seed in Enumerable.Range(1, 6) select (isSealed, seed));

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_equals_a_reading_from_the_beginning_at_every_byte(bool isSealed, int seed)
    {
        var random = new Random(seed);
        foreach (var file in new[] { LogFile.Metrics, LogFile.Events })
        {
            var lines = File.ReadAllLines(_run.PathOf(file)).Select(l => isSealed ? LogLine.Seal(l) : Encoding.UTF8.GetBytes(l + "\n")).ToList();
            // A damaged row, a repeated one, one with a key twice and an empty one; the second file is that of a run that was resumed.
            lines[2][4] ^= 1;
            lines.Insert(4, [(byte)'\n']);
            lines.Insert(5, lines[1]);
            lines.Insert(6, isSealed ? LogLine.Seal("{\"step\":40,\"loss\":1,\"loss\":2}") : "{\"step\":40,\"loss\":1,\"loss\":2}\n"u8.ToArray());
            byte[] first = [.. lines.SelectMany(l => l)];
            byte[] second = [.. first[..(first.Length / 2)], .. lines[1], .. lines[3]];
            Grow(file, first, random);
            Grow(file, second, random);
        }
    }

    [Fact]
    public void Rows_before_the_first_with_a_checksum_are_read_again_as_damaged()
    {
        var path = _run.PathOf(LogFile.Metrics);
        File.WriteAllText(path, "{\"step\":1,\"loss\":2}\n");
        Assert.Equal(1, _run.Step);
        File.AppendAllText(path, Encoding.UTF8.GetString(LogLine.Seal("{\"step\":2,\"loss\":2}")));
        Assert.True(_run.Refresh());
        Assert.Equal([2], _run.Metrics.Steps);
        Assert.Equal("metrics.jsonl, row 1 (before the first complete step): its checksum is missing", _run.Damaged[0].ToString());
        Same();
    }

    [Fact]
    public void A_row_without_its_end_of_line_is_one_row_also_when_the_end_comes()
    {
        var path = _run.PathOf(LogFile.Events);
        File.WriteAllText(path, "{\"step\":0,\"kind\":\"start\"}\n{\"step\":2,\"kind\":\"stop\"}");
        Same();
        File.AppendAllText(path, "\n{\"step\":2,\"kind\":\"restart\"}\n");
        Same();
        Assert.Equal([EventKind.Start, EventKind.Stop, EventKind.Restart], _run.Events.Select(e => e.Kind));
        Assert.False(_run.Refresh());
    }

    [Fact]
    public void Routing_is_read_on_cut_thinned_and_told_of_where_it_is_damaged()
    {
        var path = _run.PathOf("routing.bin");
        Assert.Equal(12, _run.RoutingSteps.Count);
        using (var writer = new RoutingWriter(path, 2, 4, 5))
        {
            Same();
            for (var step = 6; step <= 30; step++)
            {
                writer.Write(step, new long[,] { { step, 1, 1, 1 }, { 0, 0, 0, 0 } });
                Same();
            }
        }
        using (var thinned = new RoutingWriter(path, 2, 4, 30, limitBytes: 600))
        {
            thinned.Write(31, new long[2, 4]);
            Same();
            Assert.Equal(2, _run.Routing!.Every);
        }
        var bytes = File.ReadAllBytes(path);
        byte[] damaged = [.. bytes[^40..]];
        damaged[12] ^= 1;
        File.WriteAllBytes(path, [.. bytes, .. damaged, .. bytes[24..64], 1, 2, 3]);
        Same();
        Assert.Contains("its checksum is wrong", _run.Damaged[0].Reason, StringComparison.Ordinal);
        bytes[13] ^= 1;
        File.WriteAllBytes(path, bytes);
        Same();
        File.WriteAllBytes(path, [.. "MOELABR1"u8]);
        Assert.False(_run.Refresh());
    }

    [Fact]
    public void What_was_not_asked_for_is_not_read_and_a_folder_that_is_gone_is_told_of()
    {
        Assert.False(_run.Refresh());
        Assert.Equal(12, _run.Step);
        Directory.Delete(_run.FullPath, recursive: true);
        Assert.Contains("no such folder", Assert.Throws<InputException>(() => _run.Refresh()).Message, StringComparison.Ordinal);
        Assert.Equal(12, _run.Step);
    }

    private void Grow(string file, byte[] bytes, Random random)
    {
        var path = _run.PathOf(file);
        for (var length = random.Next(3); length < bytes.Length + 90; length += random.Next(1, 90))
        {
            File.WriteAllBytes(path, bytes[..Math.Min(length, bytes.Length)]);
            Same();
        }
    }

    // Every figure of every log, read on and read anew.
    private void Same()
    {
        _run.Refresh();
        Assert.Equal(Told(RunReader.Open(_run.FullPath)), Told(_run));
    }

    private static string Told(RunReader run)
    {
        var damaged = run.Damaged;
        var routing = run.Records.Refusal is null ? run.Routing : null;
        return string.Join('\n',
        [
            $"{run.Status} {run.Step}", .. damaged.Select(d => d.ToString()), .. run.Metrics.Names.Select(n => $"{n}: {string.Join(' ', run.Metrics[n].Steps)} {string.Join(' ', run.Metrics[n].Values)}"),
            .. run.Events.Select(e => $"{e.Time} {e.Step} {e.Word} {e.Message} {e.Data?.ToJsonString()}"),
            .. routing?.Read(routing.Steps).Select(r => $"{r.Step}: {string.Join(' ', r.Counts.Cast<long>())}") ?? [], $"every {routing?.Every}",
        ]);
    }
}
