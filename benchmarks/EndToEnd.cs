using System.Diagnostics;
using System.Globalization;
using MoELab.Plugins;
using MoELab.Recipes;
using MoELab.Runs.Reading;
using MoELab.Training.Metrics;

namespace MoELab.Benchmarks;

/// <summary>Figures that a user feels, each from a process of its own: the command line that was built beside this program.</summary>
internal static class EndToEnd
{
    /// <summary>A 24-step run of lab-tiny, whole command; and the time until its first step was on disk.</summary>
    public static void ShortRun()
    {
        using var folder = new TemporaryRuns();
        var whole = new List<double>();
        var first = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            var metrics = Path.Combine(folder.Path, $"run-{i}", "metrics.jsonl");
            var start = Stopwatch.GetTimestamp();
            using var process = folder.Start("train", "lab-tiny", "--set", "training.steps=24", "--name", $"run-{i}");
            while (!process.HasExited && !(File.Exists(metrics) && new FileInfo(metrics).Length > 0))
                Thread.Sleep(10);
            first.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            process.WaitForExit();
            whole.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Print("train lab-tiny, 24 steps, medians of 3 on prepared data", ("first step on disk", first.Order().ElementAt(1), "s"), ("whole command", whole.Order().ElementAt(1), "s"));
    }

    /// <summary>Resident memory over 1,000 steps of a very small model.</summary>
    public static void Memory()
    {
        using var folder = new TemporaryRuns();
        using var process = folder.Start("train", "lab-tiny", "--name", "memory", "--set", "training.steps=1000", "--set", "training.tokens_per_step=512", "--set", "training.micro_batch_tokens=512",
            "--set", "training.eval_every=0", "--set", "training.checkpoint_every=250");
        var reader = new Dictionary<int, double>();
        var metrics = Path.Combine(folder.Path, "memory", "metrics.jsonl");
        while (!process.HasExited)
        {
            Thread.Sleep(200);
            if (!File.Exists(metrics))
                continue;
            var step = RunReader.Open(Path.Combine(folder.Path, "memory")).Step;
            process.Refresh();
            if (!process.HasExited && step > 0)
                reader[step] = process.WorkingSet64 / 1048576.0;
        }
        double Around(int step) => reader.MinBy(r => Math.Abs(r.Key - step)).Value;
        Print("resident memory over 1,000 steps of lab-tiny at 512 tokens", ("step 100", Around(100), "MiB"), ("step 500", Around(500), "MiB"), ("step 990", Around(990), "MiB"));
    }

    /// <summary>Utilisation of forward and backward as the profile command measures it.</summary>
    public static void Utilisation(string recipe, PluginCatalog catalog)
    {
        if (!Presets.TryGet(recipe, out var preset))
            return;
        var profile = StepProfile.Measure(preset, catalog, 5);
        Print($"{recipe}: a step", ("utilisation", profile.Utilisation * 100, "%"), ("matrix rate", profile.MatrixFlopsPerSecond / 1e9, "GFLOP/s"), ("tokens per second", profile.TokensPerSecond, ""));
        foreach (var (phase, share) in profile.Shares)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {phase,-32} {share,10:0.0%}"));
    }

    private static void Print(string title, params (string Name, double Value, string Unit)[] figures)
    {
        Console.WriteLine(title);
        foreach (var (name, value, unit) in figures)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-34} {value,10:#,0.0} {unit}"));
    }

    private sealed class TemporaryRuns : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("moelab-benchmark-").FullName;

        public Process Start(params string[] arguments)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in (string[])[System.IO.Path.Combine(AppContext.BaseDirectory, "moelab.dll"), .. arguments, "--runs", Path])
                start.ArgumentList.Add(argument);
            var process = Process.Start(start) ?? throw new InvalidOperationException("the command line did not start");
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
