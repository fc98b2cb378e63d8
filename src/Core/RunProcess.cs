using System.Collections.Concurrent;
using System.Diagnostics;
using MoELab.Recipes.Input;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab;

/// <summary>The process that trains a run: kills it, and describes why it failed.</summary>
internal static class RunProcess
{
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<string, Task> Cancelling = new(StringComparer.Ordinal);

    /// <exception cref="InputException">It trains in this process or on another machine, or could not be ended.</exception>
    public static void Cancel(Run run)
    {
        if (run.Status is not RunStatus.Running)
            return;
        var (id, machine) = Writer(run.FullPath) ?? throw new InputException($"run '{run.Name}': the process that trains it is not recorded; "
            + "use run.Stop() to stop it at a step boundary");
        if (machine != Environment.MachineName)
            throw new InputException($"run '{run.Name}' trains on the machine '{machine}'; use run.Stop() to stop it at a step boundary");
        if (id == Environment.ProcessId)
            throw new InputException($"run '{run.Name}' trains in this process, which would end too; use run.Stop() to stop it at a step boundary");
        var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Cancelling[run.FullPath] = noted.Task;
        var ended = false;
        try
        {
            using var process = Process.GetProcessById(id);
            // The run may have ended meanwhile and its process id may have been reused; the lock shows whether it is alive.
            ended = run.Status is not RunStatus.Running;
            if (ended)
                return;
            process.Kill(entireProcessTree: true);
            process.WaitForExit(KillTimeout);
        }
        catch (ArgumentException)
        {
            // It ended by itself in the meantime.
        }
        finally
        {
            if (!ended && run.Status is RunStatus.Interrupted)
            {
                using var events = new EventLog(Path.Combine(run.FullPath, "events.jsonl"));
                events.Write(run.Step, EventKind.Stop, $"cancelled after step {run.Step}, without a checkpoint");
            }
            noted.SetResult();
            Cancelling.TryRemove(run.FullPath, out _);
        }
    }

    /// <summary>Completes when a cancellation by this process that is in progress has been recorded in the run folder.</summary>
    public static Task Noted(string path) => Cancelling.TryGetValue(path, out var noted) ? noted : Task.CompletedTask;

    /// <summary>One sentence about a run whose process died: the last step, the reason, and how to resume it.</summary>
    /// <remarks><paramref name="reason"/> is the one that its process gave; null uses the run's last error, or states that it was killed.</remarks>
    public static string DescribeFailure(RunReader run, string? reason)
    {
        var logged = run.Events.LastOrDefault(e => e.Kind == EventKind.Error)?.Message;
        var newest = new CheckpointStore(run.PathOf("checkpoints")).Steps.DefaultIfEmpty(0).Max();
        var next = newest > 0 ? $"run.Resume() resumes it from the checkpoint of step {newest}" : "it has no checkpoint, so start it again";
        var why = run.Status == RunStatus.Failed ? logged ?? reason : reason;
        return $"run '{run.Name}' failed after step {run.Step}: "
            + $"{(why ?? "its process was killed by another process or the operating system").TrimEnd('.')}; {next}";
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
