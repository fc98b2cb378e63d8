using System.Diagnostics;
using MoELab.Plugins;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;

namespace MoELab;

/// <summary>Trains in a separate process, through the command line.</summary>
internal static class TrainingProcess
{
    private const string Announcement = "run: ", ErrorPrefix = "moelab: ";

    /// <exception cref="InputException">The command line was not found, or the process ended before the run started.</exception>
    public static Run Start(Lab lab, Recipe recipe, string name, string? note, IProgress<string>? progress)
    {
        var file = Path.Combine(Path.GetTempPath(), $"moelab-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(file, recipe.ToYaml());
        return Launch(lab, PinnedPlugins.Folders(recipe, lab.Plugins),
            ["train", file, "--runs", Path.GetFullPath(lab.RunsDirectory), "--name", name, "--announce",
                .. note is null ? Array.Empty<string>() : ["--note", note]], file, progress);
    }

    public static Run Resume(Lab lab, string path, DamagedRows damaged, bool trust) => Launch(lab, [],
        ["resume", path, "--announce", "--damaged", damaged.ToString().ToLowerInvariant(), .. trust ? ["--trust"] : Array.Empty<string>()],
        null, null);

    private static Run Launch(Lab lab, IReadOnlyList<string> folders, IReadOnlyList<string> arguments, string? recipeFile,
        IProgress<string>? progress)
    {
        var start = TrainingProgram.With(arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.RedirectStandardInput) = (true, true, true);
        if (folders.Count > 0)
            start.Environment[PluginCatalog.FoldersVariable] = string.Join(Path.PathSeparator, [.. folders, .. Further()]);

        var process = Process.Start(start) ?? throw new InputException($"'{start.FileName}' did not start");
        string? last = null;
        var begun = false;
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not { Length: > 0 } line)
                return;
            // Until the run has a folder, messages are about the data being prepared.
            if (!Volatile.Read(ref begun))
                progress?.Report(line);
            Volatile.Write(ref last, line.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? line[ErrorPrefix.Length..] : line);
        };
        process.BeginErrorReadLine();
        string? path = null;
        while (path is null && process.StandardOutput.ReadLine() is { } line)
            path = line.StartsWith(Announcement, StringComparison.Ordinal) ? line[Announcement.Length..] : null;
        Volatile.Write(ref begun, true);
        if (path is null)
        {
            process.WaitForExit();
            throw new InputException(last ?? $"the training process exited with code {process.ExitCode} before the run started");
        }
        return new Run(path, lab, Wait(process, path, () => Volatile.Read(ref last), recipeFile));
    }

    private static async Task Wait(Process process, string path, Func<string?> lastError, string? recipeFile)
    {
        await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (recipeFile is not null)
            File.Delete(recipeFile);
        var code = process.ExitCode;
        process.Dispose();
        if (code == 0)
            return;
        await RunProcess.Noted(path).ConfigureAwait(false);
        if (!RunPaths.IsRun(path))
            throw new RunException(lastError()
                ?? $"run '{Path.GetFileName(path)}': its folder '{path}' no longer exists, and its training has ended");
        var run = RunReader.Open(path);
        // A cancelled run ended as requested.
        if (run.Status is not (RunStatus.Stopped or RunStatus.Finished))
            throw new RunException(RunProcess.DescribeFailure(run,
                code > 128 ? $"its process was killed by signal {code - 128}" : lastError() ?? $"its process exited with code {code}"));
    }

    private static string[] Further() => (Environment.GetEnvironmentVariable(PluginCatalog.FoldersVariable) ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
