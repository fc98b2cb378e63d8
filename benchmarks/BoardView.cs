using System.Diagnostics;
using System.Globalization;
using System.Net;
using MoELab.Board;
using MoELab.Randomness;
using MoELab.Recipes;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;

namespace MoELab.Benchmarks;

/// <summary>
/// The board over 50 runs of 10,000 steps: its start, the list, the first pictures, and pictures of all runs, each as a browser would ask for them.
/// The folder stays where MOELAB_BOARD_RUNS names one; what a browser takes is measured over it by the test BoardPicturesOfDocs.
/// </summary>
internal static class BoardView
{
    private const int Runs = 50, Steps = 10_000;

    private static readonly string[] First = ["loss", "eval/bits_per_byte", "max_vio/mean", "tokens_per_second"];

    private static TimeSpan _cpu;

    public static void Run()
    {
        var kept = Environment.GetEnvironmentVariable("MOELAB_BOARD_RUNS");
        var folder = kept ?? Directory.CreateTempSubdirectory("moelab-board-").FullName;
        try
        {
            if (!Directory.Exists(Path.Combine(folder, "run-1")))
                System.Threading.Tasks.Parallel.For(1, Runs + 1, i => Write(folder, i));
            var bytes = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Runs} runs of {Steps:N0} steps, {bytes >> 20:N0} MiB"));
            Measure(folder).GetAwaiter().GetResult();
        }
        finally
        {
            if (kept is null)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Measure(string folder)
    {
        var clock = Stopwatch.StartNew();
        _cpu = Process.GetCurrentProcess().TotalProcessorTime;
        await using var board = await BoardServer.StartAsync(new BoardOptions(folder, Port: 0));
        Say("started", clock, 0);
        if (Environment.GetEnvironmentVariable("MOELAB_BOARD_WAIT") == "1")
        {
            // As long as it takes somebody to open the address.
            await Task.Delay(TimeSpan.FromSeconds(3));
            Say("prepared while nobody looks", clock, 0);
            clock.Restart();
        }
        using var client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(board.Address, "/") };
        var sent = (await client.GetByteArrayAsync(board.Address)).Length;
        Say("first page", clock, sent);
        foreach (var file in new[] { "figures.css", "board.css", "figures.js", "board.js", "charts.js", "dom.js", "list.js", "save.js", "state.js", "tabs.js", "zoom.js" })
            sent += (await client.GetByteArrayAsync(file)).Length;
        sent += (await client.GetByteArrayAsync("api/runs")).Length;
        Say("and the list", clock, sent);
        sent += await Pictures(client, 6);
        Say("and four charts of 6 runs: the first view", clock, sent);
        foreach (var round in new[] { "first", "again" })
        {
            clock.Restart();
            Say($"four charts of all {Runs} runs, {round}", clock, await Pictures(client, Runs));
        }
        clock.Restart();
        Say("one chart of all runs, a part of the x axis", clock, (await client.GetByteArrayAsync(Chart("loss", Runs) + "&from=2000&to=2500")).Length);
        clock.Restart();
        Say("the list again, nothing changed", clock, (await client.GetByteArrayAsync("api/runs")).Length);
        using var stream = await client.GetStreamAsync("api/events?since=0");
        // The runtime compiles again, in the background, what was busy before.
        await Task.Delay(TimeSpan.FromSeconds(15));
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        clock.Restart();
        await Task.Delay(TimeSpan.FromSeconds(20));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a page that listens, nothing changing: {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds / clock.Elapsed.TotalSeconds:P2} of a core"));
    }

    private static async Task<int> Pictures(HttpClient client, int runs) =>
        (await Task.WhenAll(First.Select(m => client.GetByteArrayAsync(Chart(m, runs))))).Sum(b => b.Length);

    private static string Chart(string metric, int runs) =>
        $"api/curves?width=380&height=262&smooth=0.9&metric={metric}" + string.Concat(Enumerable.Range(1, runs).Select(i => $"&run=run-{i}&color={i - 1}"));

    // On a busy machine the processor's time says what the clock would on an idle one, but for what two cores do at once.
    private static void Say(string what, Stopwatch clock, int bytes)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {clock.Elapsed.TotalMilliseconds:N0} ms, {(cpu - _cpu).TotalMilliseconds:N0} ms of processor time, {bytes / 1024.0:N0} KiB sent"));
        _cpu = cpu;
    }

    private static void Write(string folder, int run)
    {
        using var held = RunFolder.Create(folder, $"run-{run}");
        var recipe = Presets.TryGet("lab-tiny", out var preset) ? preset : throw new InvalidOperationException("no preset lab-tiny");
        RunFolder.WriteAtomically(held.At("recipe.yaml"), RecipeTree.WithAll(recipe, [$"training.steps={Steps}", $"training.seed={run}"]).ToYaml());
        using var events = new MoELab.Runs.Log.EventLog(held.At("events.jsonl"));
        events.Write(0, EventKind.Start, "started");
        var random = new Philox(run, "board-benchmark");
        using var metrics = new MetricsWriter(held.At("metrics.jsonl"), 0);
        using var routing = new RoutingWriter(held.At("routing.bin"), 3, 16, 0);
        var counts = new long[3, 16];
        for (var step = 1; step <= Steps; step++)
        {
            var done = step / (double)Steps;
            var row = new MetricRow(step)
            {
                ["loss"] = 1.7 + (0.01 * run) + (4 * Math.Exp(-6 * done)) + (0.05 * random.NextNormal()),
                ["tokens"] = 4096,
                ["tokens_total"] = 4096L * step,
                ["max_vio/mean"] = 0.1 + Math.Exp(-5 * done) + (0.02 * random.NextDouble()),
            };
            // As many figures as a row of lab-tiny has.
            for (var i = 0; i < 34; i++)
                row[$"figure/number/{i}"] = random.NextDouble();
            row["time"] = 0.1 * step;
            row["tokens_per_second"] = 40_000 + (2000 * random.NextDouble());
            if (step % 250 == 0)
                row["eval/bits_per_byte"] = 2 + (0.01 * run) + (3 * Math.Exp(-6 * done));
            metrics.Write(row);
            if (step % 50 != 0 && step != 1)
                continue;
            for (var i = 0; i < counts.Length; i++)
                counts[i / 16, i % 16] = 256 + (long)(100 * random.NextDouble());
            routing.Write(step, counts);
        }
        events.Write(Steps, EventKind.Finish, "finished");
    }
}
