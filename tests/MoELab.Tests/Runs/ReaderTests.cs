using MoELab.Runs.Analysis;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Views;

namespace MoELab.Tests.Runs;

public sealed class ReaderTests
{
    private static string Folder() => TestFolders.New("read");

    private static MetricTable Metrics(string text)
    {
        var path = Path.Combine(Folder(), "metrics.jsonl");
        File.WriteAllText(path, text);
        return MetricTable.Read(path);
    }

    [Fact]
    public void Columns_hold_the_steps_that_logged_them()
    {
        var metrics = Metrics("{\"step\":1,\"loss\":3.5,\"time\":\"text\"}\n{\"step\":2,\"loss\":null,\"eval/loss\":3}\n{\"step\":5,\"loss\":2}\n");
        Assert.Equal([1, 2, 5], metrics.Steps);
        Assert.Equal(["eval/loss", "loss"], metrics.Names);
        Assert.Equal([3.5, double.NaN, 2], metrics["loss"].Values);
        Assert.Equal([2], metrics["eval/loss"].Steps);
        Assert.Equal(2, metrics["loss"].At(5));
        Assert.True(double.IsNaN(metrics["loss"].At(3)));
        Assert.Equal((2, 3.5, 2.75), (metrics["loss"].Min, metrics["loss"].Max, metrics["loss"].Median));
    }

    [Theory]
    [InlineData("{\"step\":2,\"lo")]
    [InlineData("{\"step\":2,\"loss\":")]
    [InlineData("\0\0\0\0")]
    [InlineData("[1]")]
    public void A_torn_last_line_is_ignored(string torn)
    {
        var metrics = Metrics("{\"step\":1,\"loss\":3.5}\n" + torn);
        Assert.Equal([1], metrics.Steps);
        Assert.Equal(3.5, metrics["loss"].Last);
    }

    [Fact]
    public void Rows_after_a_resume_replace_the_earlier_ones()
    {
        var metrics = Metrics("{\"step\":1,\"loss\":9}\n{\"step\":2,\"loss\":8,\"old\":1}\n{\"step\":3,\"loss\":7}\n{\"step\":2,\"loss\":6}\n");
        Assert.Equal([1, 2], metrics.Steps);
        Assert.Equal([9.0, 6], metrics["loss"].Values);
        Assert.Empty(metrics["old"].Values);
    }

    [Fact]
    public void An_unknown_metric_is_named_with_the_nearest()
    {
        var e = Assert.Throws<InputException>(() => Metrics("{\"step\":1,\"grad_norm\":1,\"loss\":2}\n")["grad_nrm"]);
        Assert.Contains("did you mean 'grad_norm'?", e.Message);
    }

    [Fact]
    public void Layers_come_in_natural_order()
    {
        var metrics = Metrics("{\"step\":1,\"bias/norm/10\":1,\"bias/norm/2\":1,\"bias/norm/0\":1}\n");
        Assert.Equal(["bias/norm/0", "bias/norm/2", "bias/norm/10"], metrics.Under("bias/norm/").Select(c => c.Name));
    }

    [Fact]
    public void Routing_reads_back_every_count_and_ignores_a_torn_record()
    {
        var run = SyntheticRun.Create("torn", steps: 4, layers: 2, experts: 3);
        var bytes = File.ReadAllBytes(run.PathOf("routing.bin"));
        File.WriteAllBytes(run.PathOf("routing.bin"), bytes[..^5]);
        var reader = RoutingReader.Open(run.PathOf("routing.bin"))!;
        Assert.Equal((2, 3), (reader.Layers, reader.Experts));
        Assert.Equal([1, 2, 3], reader.Steps);
        var counts = reader.Counts(3);
        for (var i = 0; i < 6; i++)
            Assert.Equal(BitConverter.ToInt32(bytes, 24 + (2 * 32) + 8 + (4 * i)), counts[i / 3, i % 3]);
        Assert.Contains("nearest recorded step is 3", Assert.Throws<InputException>(() => reader.Counts(4)).Message);
    }

    [Fact]
    public void A_routing_file_of_another_kind_is_refused_and_a_torn_header_waited_for()
    {
        var path = Path.Combine(Folder(), "routing.bin");
        File.WriteAllBytes(path, new byte[64]);
        Assert.Contains("not a routing log", Assert.Throws<InputException>(() => RoutingReader.Open(path)).Message);
        File.WriteAllBytes(path, [.. "MOELABR1"u8, .. new[] { 1, int.MaxValue, int.MaxValue, 0 }.SelectMany(BitConverter.GetBytes), .. new byte[100]]);
        Assert.Contains("expected at most 67108864 counts in a record", Assert.Throws<InputException>(() => RoutingReader.Open(path)).Message);
        File.WriteAllBytes(path, "MOELABR1"u8.ToArray());
        Assert.Null(RoutingReader.Open(path));
        Assert.Null(RoutingReader.Open(path + ".none"));
    }

    [Fact]
    public void Routing_records_after_a_resume_replace_the_earlier_ones()
    {
        var path = Path.Combine(Folder(), "routing.bin");
        var ints = new[] { 1, 1, 2, 0, /* step 1 */ 1, 0, 5, 6, /* step 2 */ 2, 0, 7, 8, /* step 2 again */ 2, 0, 9, 10 };
        File.WriteAllBytes(path, [.. "MOELABR1"u8.ToArray(), .. ints.SelectMany(BitConverter.GetBytes)]);
        var reader = RoutingReader.Open(path)!;
        Assert.Equal([1, 2], reader.Steps);
        Assert.Equal(9, reader.Counts(2)[0, 0]);
        Assert.Equal([5L, 9], reader.Read([1, 2]).Select(r => r.Counts[0, 0]));
    }

    [Fact]
    public void Events_and_status_are_read()
    {
        var run = SyntheticRun.Create("events");
        Assert.Equal(RunStatus.Finished, run.Status);
        Assert.Equal((EventKind.Swap, "swap"), (run.Events[2].Kind, run.Events[2].Word));
        Assert.Equal(20, run.Events[2].Data!["at"]!.GetValue<int>());
        File.WriteAllText(run.PathOf("events.jsonl"), "{\"step\":0,\"kind\":\"start\"}\n{\"step\":7,\"kind\":\"stop\",\"message\":\"asked\"}\n{\"step\":9,\"ki");
        var again = RunReader.Open(run.FullPath);
        Assert.Equal((RunStatus.Stopped, 2, 60), (again.Status, again.Events.Count, again.Step));
        Assert.Equal("smebu", again.Recipe.Balancer.Name);
    }

    [Fact]
    public void A_run_that_has_not_ended_is_running_while_its_lock_is_held()
    {
        var run = SyntheticRun.Create("held", steps: 2);
        File.WriteAllText(run.PathOf("events.jsonl"), "{\"step\":0,\"kind\":\"start\"}\n");
        Assert.Equal(RunStatus.Running, RunReader.Open(run.FullPath).Status);
        using (new FileStream(run.PathOf("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
            Assert.Equal(RunStatus.Running, RunReader.Open(run.FullPath).Status);
        var again = RunReader.Open(run.FullPath);
        Assert.Equal(RunStatus.Interrupted, again.Status);
        Assert.Contains("ended unexpectedly after step 2", RunAnalysis.Explain(again)[0].Text);
        File.AppendAllText(run.PathOf("events.jsonl"), "{\"step\":2,\"kind\":\"error\",\"message\":\"layer 1 has NaN\"}\n");
        Assert.Contains("The run failed after step 2 of 2: layer 1 has NaN", RunAnalysis.Explain(RunReader.Open(run.FullPath))[0].Text);
    }

    [Fact]
    public void A_file_that_is_being_written_can_be_read()
    {
        var path = Path.Combine(Folder(), "metrics.jsonl");
        using var writer = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        writer.Write("{\"step\":1,\"loss\":2}\n"u8);
        writer.Flush();
        Assert.Equal([1], MetricTable.Read(path).Steps);
    }

    [Fact]
    public void Runs_resolve_by_name_and_by_path()
    {
        var run = SyntheticRun.Create("alpha-run", steps: 2);
        var runs = Path.GetDirectoryName(run.FullPath)!;
        Assert.Equal(run.FullPath, RunPaths.Resolve("alpha-run", runs));
        Assert.Equal(run.FullPath, RunPaths.Resolve(run.FullPath + "/", Folder()).TrimEnd('/'));
        Assert.Contains("did you mean 'alpha-run'?", Assert.Throws<InputException>(() => RunPaths.Resolve("alpha-rnu", runs)).Message);
        Assert.Contains("there are no runs yet", Assert.Throws<InputException>(() => RunPaths.Resolve("x", Folder())).Message);
        Assert.Contains("contains no run", Assert.Throws<InputException>(() => RunPaths.Resolve(Folder(), runs)).Message);
        Directory.CreateDirectory(Path.Combine(runs, "begun"));
        Assert.Contains("run 'begun': the folder contains no run", Assert.Throws<InputException>(() => RunPaths.Resolve("begun", runs)).Message);
        Assert.Throws<InputException>(() => RunPaths.Resolve("", runs));
    }

    [Fact]
    public void A_recipe_that_cannot_be_read_is_named_with_the_run()
    {
        var run = SyntheticRun.Create("broken", steps: 2);
        File.WriteAllText(run.PathOf("recipe.yaml"), "nonsense: 1\n");
        Assert.StartsWith("run 'broken', recipe.yaml:", Assert.Throws<InputException>(() => RunReader.Open(run.FullPath).Recipe).Message);
    }
}
