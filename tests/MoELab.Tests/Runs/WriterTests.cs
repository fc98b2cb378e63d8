using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Tests.Runs;

public sealed class WriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moelab-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reopened_metrics_lose_rows_past_the_step_and_a_torn_line()
    {
        var path = Path.Combine(_folder, "metrics.jsonl");
        using (var writer = new MetricsWriter(path, 0))
        {
            for (var step = 1; step <= 5; step++)
                writer.Write(new MetricRow(step) { ["loss"] = 1.0 / step });
        }
        File.AppendAllText(path, "{\"step\":6,");
        using (new MetricsWriter(path, 3))
        {
        }
        var lines = File.ReadAllLines(path);
        Assert.Equal(["{\"step\":1,\"loss\":1", "{\"step\":2,\"loss\":0.5", "{\"step\":3,\"loss\":0.3333333333333333"], lines.Select(l => l[..l.IndexOf(",\"crc\":\"", StringComparison.Ordinal)]));
        Assert.All(lines, l => Assert.True(LogLine.Holds(System.Text.Encoding.UTF8.GetBytes(l))));
    }

    [Fact]
    public void Numbers_that_json_cannot_hold_become_null() =>
        Assert.Equal("{\"step\":1,\"loss\":null}", new MetricRow(1) { ["loss"] = double.NaN }.ToJson());

    [Fact]
    public void Routing_is_thinned_beyond_its_limit_to_a_spacing_that_doubles()
    {
        var path = Path.Combine(_folder, "routing.bin");
        using (var writer = new RoutingWriter(path, 1, 2, 0, limitBytes: 24 + (8 * 16)))
        {
            for (var step = 1; step <= 20; step++)
                writer.Write(step, new long[,] { { step, 2 * step } });
        }
        var reader = RoutingReader.Open(path)!;
        Assert.Equal([1, 4, 8, 12, 16, 20], reader.Steps);
        Assert.Equal(new long[,] { { 12, 24 } }, reader.Counts(12));
    }

    [Fact]
    public void Reopened_routing_is_cut_and_continues()
    {
        var path = Path.Combine(_folder, "routing.bin");
        using (var writer = new RoutingWriter(path, 1, 1, 0))
        {
            for (var step = 1; step <= 5; step++)
                writer.Write(step, new long[,] { { step } });
        }
        using (var writer = new RoutingWriter(path, 1, 1, 3))
            writer.Write(4, new long[,] { { 40 } });
        var reader = RoutingReader.Open(path)!;
        Assert.Equal([1, 2, 3, 4], reader.Steps);
        Assert.Equal(40, reader.Counts(4)[0, 0]);
    }

    [Fact]
    public void A_lock_dies_with_its_holder()
    {
        RunFolder.Create(_folder, "run").Dispose();
        File.WriteAllText(Path.Combine(_folder, "run", "recipe.yaml"), "name: run\n");
        using var folder = RunFolder.Open(Path.Combine(_folder, "run"));
        Assert.Throws<MoELab.Errors.InputException>(() => RunFolder.Open(folder.FullPath));
    }
}
