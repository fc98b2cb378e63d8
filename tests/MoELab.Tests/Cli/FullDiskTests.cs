using System.Diagnostics;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Cli;

/// <summary>A process that may not write more than so much into a file stands for a disk that takes no more.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    // The first is enough for the metrics and too little for a checkpoint, the second too little for the metrics.
    [Theory]
    [InlineData(48, "checkpoint of step 8: could not be written to")]
    [InlineData(8, "cannot be written")]
    public void A_full_disk_stops_the_run_in_one_sentence_and_loses_nothing(int kibibytes, string part)
    {
        var whole = _tiny.Train(name: "whole");
        string run;
        using (var trainer = _tiny.Create(name: "full"))
        {
            trainer.StepFinished += row => { if (row.Step == 4) trainer.RequestStop(); };
            Assert.Equal(TrainingEnd.Stopped, trainer.Run());
            run = trainer.Folder;
        }

        var (exit, error) = Within(kibibytes, "resume", run);
        Assert.Equal(1, exit);
        var sentence = Assert.Single(error.Split('\n'), l => l.StartsWith("moelab: ", StringComparison.Ordinal));
        Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.Contains(run, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal([4], new CheckpointStore(Path.Combine(run, "checkpoints")).Steps);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(run, "checkpoints")));
        Assert.True(RunReader.Open(run).Step >= 4);
        Assert.NotEqual(RunStatus.Running, RunReader.Open(run).Status);

        Assert.Equal(0, CliRun.With(_tiny.Catalog, "resume", run).Exit);
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(run));
    }

    [Theory, InlineData("safetensors"), InlineData("pt")]
    public void A_full_disk_ends_an_export_in_one_sentence(string format)
    {
        var target = Path.Combine(_tiny.Folder, "exported");
        var (exit, error) = Within(8, "export", _tiny.Train(_tiny.Recipe.With("training.steps", 2)), target, "--format", format);
        Assert.Equal(2, exit);
        Assert.Contains($"export: the folder '{target}' cannot be written (", Assert.Single(error.Split('\n'), l => l.StartsWith("moelab: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(target), f => f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".pt", StringComparison.Ordinal));
    }

    private static (int Exit, string Error) Within(int kibibytes, params string[] arguments)
    {
        // Ignored, the signal of the limit becomes an error of the write, as a full disk is one.
        var start = new ProcessStartInfo("bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; exec \"$@\"", "bash", Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            Path.Combine(AppContext.BaseDirectory, "moelab.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The runtime's own shared memory and diagnostics would meet the limit too.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Result);
    }
}
