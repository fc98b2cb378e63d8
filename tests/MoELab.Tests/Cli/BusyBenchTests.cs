using System.Diagnostics;
using MoELab.Cli;
using MoELab.Cli.Benchmarks;
using MoELab.Cli.Commands;
using MoELab.Tests.Training;

namespace MoELab.Tests.Cli;

public sealed class BusyBenchTests
{
    [Fact]
    public void The_idle_and_the_busy_machine_take_turns()
    {
        using var tiny = new TinyRuns();
        using var bench = new BusyBench(tiny.Recipe, MoELab.Plugins.PluginCatalog.Discover(), "packed", 2, null);
        bench.Round();
        Assert.Equal(1, bench.Rounds);
        Assert.Equal(bench.BusyRate / bench.IdleRate, bench.Ratio, 1e-9);
        Assert.True(bench.BusyRate > 0);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_row_says_what_is_left_of_the_speed(bool json)
    {
        using var tiny = new TinyRuns();
        using StringWriter output = new(), error = new();
        BenchBusy.Run(new CliContext(output, error, tiny.Catalog), [tiny.Recipe], "packed", 1, 0, json);
        Assert.Contains("beside 1 busy processes, in turns", error.ToString(), StringComparison.Ordinal);
        if (!json)
        {
            var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(["recipe", "tokens", "busy", "tokens/s", "beside", "busy", "x", "rounds"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            Assert.Equal(["tiny", "256", "1"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..3]);
            return;
        }
        var row = JsonNode.Parse(output.ToString())!.AsArray().Single()!;
        Assert.Equal(["recipe", "tokens", "kernel", "busy", "tokens_per_second", "busy_tokens_per_second", "busy_over_idle", "openmp", "rounds"], row.AsObject().Select(p => p.Key));
        Assert.True((double)row["busy_over_idle"]! > 0 && (double)row["tokens_per_second"]! > 0);
    }

    [Theory, InlineData("0"), InlineData("-1"), InlineData("1025")]
    public void A_number_of_processes_out_of_range_is_refused(string busy) =>
        Assert.Equal($"--busy: {busy} is out of range; expected 1 to 1024", CliRun.Of("bench", "train", "lab-tiny", "--busy", busy).Refused());

    [Fact]
    public void Busy_processes_take_time_and_end_when_they_are_told()
    {
        int[] ids;
        using (var busy = new BusyProcesses(2))
        {
            ids = [.. busy.Ids];
            Assert.Equal(2, ids.Length);
            Assert.True(SpinWait.SpinUntil(() => ids.All(id => Process.GetProcessById(id).TotalProcessorTime > TimeSpan.FromMilliseconds(20)), TimeSpan.FromSeconds(30)));
        }
        Assert.All(ids, id => Assert.Throws<ArgumentException>(() => Process.GetProcessById(id)));
    }

    [Fact]
    public void Busy_processes_end_with_a_process_that_was_killed()
    {
        using var tiny = new TinyRuns();
        var recipe = Path.Combine(tiny.Folder, "tiny.yaml");
        File.WriteAllText(recipe, tiny.Recipe.ToYaml());
        using var bench = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "moelab.dll"), "bench", "train", recipe, "--busy", "1"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        bench.ErrorDataReceived += (_, _) => { };
        bench.BeginErrorReadLine();
        int[] children = [];
        Assert.True(SpinWait.SpinUntil(() => (children = Children(bench.Id)).Length > 0, TimeSpan.FromMinutes(2)));
        // The process alone, without its children, as the system would.
        bench.Kill();
        bench.WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => !children.Any(IsBusy), TimeSpan.FromSeconds(30)));
    }

    private static int[] Children(int parent) => [.. Process.GetProcessesByName("sh").Where(p => Parent(p.Id) == parent).Select(p => p.Id)];

    private static bool IsBusy(int id) => File.Exists($"/proc/{id}/cmdline") && File.ReadAllText($"/proc/{id}/cmdline").Contains("kill -0", StringComparison.Ordinal);

    private static int Parent(int id)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
