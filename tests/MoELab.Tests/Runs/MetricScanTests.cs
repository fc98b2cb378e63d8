using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Views;

namespace MoELab.Tests.Runs;

/// <summary>Readings of a part of a log against the reading of the whole.</summary>
public sealed class MetricScanTests
{
    private readonly string _log = Path.Combine(TestFolders.New("log"), "metrics.jsonl");

    [Fact]
    public void Some_columns_are_those_of_the_whole_table_also_of_a_log_without_checksums()
    {
        Write(1, 300);
        Same(new MetricScan(_log, "loss", "x/loss", "eval/bits_per_byte", "odd\"<é", "absent"));
        var old = SyntheticRun.Create("old", steps: 40).PathOf("metrics.jsonl");
        File.Copy(old, _log, overwrite: true);
        Same(new MetricScan(_log, "loss", "grad_kurtosis", "eval/bits_per_byte"));
    }

    [Fact]
    public void Rows_that_follow_are_read_on_and_those_that_a_resume_replaces_are_replaced()
    {
        var scan = new MetricScan(_log, "loss", "eval/bits_per_byte");
        Assert.Null(scan.Find("loss"));
        foreach (var (from, to) in new[] { (1, 20), (21, 30), (12, 14), (15, 60) })
        {
            Write(from, to);
            scan.Refresh();
            Same(scan);
        }
        var before = scan.Changes;
        scan.Refresh();
        Assert.Equal(before, scan.Changes);
    }

    [Fact]
    public void Damaged_and_torn_rows_are_left_out()
    {
        Write(1, 30);
        var lines = File.ReadAllLines(_log);
        lines[7] = lines[7].Replace("\"loss\":", "\"loss\":9", StringComparison.Ordinal);
        lines[9] = "not a row";
        File.WriteAllText(_log, string.Join('\n', lines) + "\n{\"step\":31,\"loss\":");
        var scan = new MetricScan(_log, "loss");
        Same(scan);
        Assert.Equal(28, scan.Find("loss")!.Count);
    }

    [Fact]
    public void The_newest_values_are_found_from_the_end_however_far_back_they_are()
    {
        Write(1, 2000);
        var (table, tail) = (MetricTable.Read(_log), new MetricTail(_log, "loss", "eval/bits_per_byte", "absent", "rare"));
        tail.Refresh();
        Check();
        using (var writer = new MetricsWriter(_log, 2000))
            writer.Write(new MetricRow(2001) { ["loss"] = 0.5 });
        table = MetricTable.Read(_log);
        tail.Refresh();
        Check();
        File.WriteAllText(_log, "");
        tail.Refresh();
        Assert.Equal((0, null), (tail.Step, tail["loss"]));

        void Check()
        {
            Assert.Equal(table.Steps[^1], tail.Step);
            Assert.Equal(table["loss"].Last, tail["loss"]);
            Assert.Equal(table["eval/bits_per_byte"].Last, tail["eval/bits_per_byte"]);
            Assert.Equal(table["rare"].Last, tail["rare"]);
            Assert.Null(tail["absent"]);
        }
    }

    private void Write(int from, int to)
    {
        using var writer = new MetricsWriter(_log, from - 1);
        for (var step = from; step <= to; step++)
        {
            var row = new MetricRow(step) { ["loss"] = step % 13 == 0 ? double.NaN : 10.0 / step, ["x/loss"] = -step, ["odd\"<é"] = 1e-7 * step };
            for (var i = 0; i < 40; i++)
                row[$"filler/{i}"] = i * 1.5;
            if (step % 50 == 0)
                row["eval/bits_per_byte"] = 3 - (step * 1e-4);
            if (step == 3)
                row["rare"] = 7;
            writer.Write(row);
        }
    }

    private void Same(MetricScan scan)
    {
        var table = MetricTable.Read(_log);
        Assert.NotEmpty(table.Steps);
        foreach (var name in scan.Names)
        {
            var (whole, part) = (table.Find(name) is { Count: > 0 } c ? c : null, scan.Find(name));
            Assert.Equal(whole?.Steps, part?.Steps);
            Assert.Equal(whole?.Values, part?.Values);
        }
    }
}
