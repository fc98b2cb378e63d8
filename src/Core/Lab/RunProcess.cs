using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MoELab.Recipes;
using MoELab.Runs;

namespace MoELab;

/// <summary>The process that trains a run: ending it, and what to say when it died.</summary>
internal static class RunProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<string, Task> Cancelling = new(StringComparer.Ordinal);

    /// <exception cref="RecipeException">It trains in this process or on another machine, or could not be ended.</exception>
    public static void Cancel(Run run)
    {
        if (run.Status is not RunStatus.Running)
            return;
        var (id, machine) = Writer(run.FullPath)
            ?? throw new RecipeException($"run '{run.Name}': which process trains it is not recorded; run.Stop() ends it at a step boundary");
        if (machine != Environment.MachineName)
            throw new RecipeException($"run '{run.Name}' trains on the machine '{machine}'; run.Stop() ends it at a step boundary");
        if (id == Environment.ProcessId)
            throw new RecipeException($"run '{run.Name}' trains in this process, which would end with it; run.Stop() ends it at a step boundary");
        var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Cancelling[run.FullPath] = noted.Task;
        var ended = false;
        try
        {
            using var process = Process.GetProcessById(id);
            // Between the two readings the run may have ended and its number gone to another process: the lock says whether it lives.
            ended = run.Status is not RunStatus.Running;
            if (ended)
                return;
            process.Kill(entireProcessTree: true);
            process.WaitForExit(Patience);
        }
        catch (ArgumentException)
        {
            // Ended by itself in the meantime.
        }
        finally
        {
            if (!ended && run.Status is RunStatus.Interrupted)
            {
                using var events = new EventLog(Path.Combine(run.FullPath, "events.jsonl"));
                events.Write(run.Step, "stop", $"cancelled after step {run.Step}, without a checkpoint");
            }
            noted.SetResult();
            Cancelling.TryRemove(run.FullPath, out _);
        }
    }

    /// <summary>Ends when a cancelling of this process that is under way has been noted in the run folder.</summary>
    public static Task Noted(string path) => Cancelling.TryGetValue(path, out var noted) ? noted : Task.CompletedTask;

    /// <summary>One sentence about a run whose process died: the last step, the reason, and how it goes on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="reason">What its process left; null takes the run's last error, or that it was killed.</param>
    public static string Obituary(RunReader run, string? reason)
    {
        var told = run.Events.LastOrDefault(e => e.Kind == "error")?.Message;
        var newest = new CheckpointStore(run.PathOf("checkpoints")).Steps.DefaultIfEmpty(0).Max();
        var next = newest > 0 ? $"run.Resume() continues it from the checkpoint of step {newest}" : "it has no checkpoint, so start it again";
        var why = run.Status == RunStatus.Failed ? told ?? reason : reason;
        return $"run '{run.Name}' broke off after step {run.Step}: {(why ?? "its process ended without a word, killed from outside").TrimEnd('.')}; {next}";
    }

    private static (int Id, string Machine)? Writer(string run)
    {
        var file = Path.Combine(run, RunFolder.ProcessFile);
        if (!File.Exists(file))
            return null;
        var words = InputFile.ReadStart(file, 4096).Split('\n')[0].Trim().Split(' ', 2);
        return words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (id, words[1]) : null;
    }
}
