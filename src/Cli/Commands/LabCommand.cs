using System.Diagnostics;
using System.Runtime.InteropServices;
using MoELab.Jupyter;
using MoELab.Runs.Folder;

namespace MoELab.Cli.Commands;

/// <summary><c>lab</c>: opens Jupyter with the gallery.</summary>
internal static class LabCommand
{
    private static readonly string[] Servers = ["jupyter-lab", "jupyter-notebook"];

    public static Command Create(CliContext context)
    {
        var folder = CliOptions.WithDefault("--folder",
            "the folder of the notebooks; missing ones are copied there from the gallery", "moelab-notebooks", "DIR");
        var further = CliOptions.Argument<string[]>(
            "ARGUMENTS", "after --: arguments for Jupyter, such as --no-browser --port 8899", ArgumentArity.ZeroOrMore);
        return new Command("lab", "open Jupyter with the gallery of notebooks") { folder, further }
            .WithAction(parsed => Open(context, parsed.GetValue(folder)!, parsed.GetValue(further) ?? []));
    }

    private static int Open(CliContext context, string folder, string[] further)
    {
        var copied = CliFiles.Try(() => CopyGallery(folder),
            why => $"lab: the notebooks cannot be copied to '{folder}' ({why}); choose another folder with --folder DIR");
        if (Servers.Select(Find).FirstOrDefault(p => p is not null) is not { } server)
            return context.Fail($"Jupyter was not found: neither {Servers[0]} nor {Servers[1]} is on the PATH. "
                + "Install it with 'pipx install jupyterlab', or on Debian and Ubuntu with 'apt install jupyter-notebook'. "
                + $"Without it, 'moelab notebook run NOTEBOOK --html PAGE.html' runs a notebook of {folder}", CliContext.Failed, json: false);
        context.Error.WriteLine($"kernel: {NotebookKernel.Install()}");
        Trust(context, server, copied.Select(n => Path.Combine(folder, n)));
        context.Error.WriteLine($"notebooks: {Path.GetFullPath(folder)}{(copied.Length > 0 ? $" ({copied.Length} copied from the gallery)" : "")}");
        if (Environment.UserName == "root" && !OperatingSystem.IsWindows() && !further.Contains("--allow-root"))
            context.Error.WriteLine("Jupyter does not run as root by default; what follows -- is Jupyter's: 'lab -- --allow-root'");
        // Ctrl-C is left to Jupyter, which asks before it ends.
        using var keyboard = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => s.Cancel = true);
        // Notebooks and commands share one directory of runs.
        var runs = RunPaths.Default;
        context.Error.WriteLine($"runs: {runs}");
        var start = new ProcessStartInfo(server, further) { WorkingDirectory = folder };
        start.Environment["MOELAB_RUNS"] = runs;
        using var process = Process.Start(start)!;
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s =>
        {
            s.Cancel = true;
            process.Kill(entireProcessTree: true);
        });
        process.WaitForExit();
        return process.ExitCode;
    }

    // Jupyter strips styles and scripts from the outputs of untrusted notebooks. The ones just copied are ours.
    private static void Trust(CliContext context, string server, IEnumerable<string> notebooks)
    {
        var files = notebooks.ToArray();
        var beside = Path.Combine(Path.GetDirectoryName(server)!, OperatingSystem.IsWindows() ? "jupyter-trust.exe" : "jupyter-trust");
        if (files.Length == 0)
            return;
        if ((File.Exists(beside) ? beside : Find("jupyter-trust")) is not { } trust)
        {
            context.Error.WriteLine("the copied notebooks are untrusted, because jupyter-trust was not found next to Jupyter; "
                + "choose 'Trust Notebook' in its menu to see their full outputs");
            return;
        }
        using var process = Process.Start(new ProcessStartInfo(trust, files) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            context.Error.WriteLine($"the copied notebooks are untrusted: {Path.GetFileName(trust)} exited with code {process.ExitCode} "
                + $"({errors.Result.Trim().Split('\n')[^1]})");
    }

    private static string[] CopyGallery(string folder)
    {
        var gallery = Path.Combine(AppContext.BaseDirectory, "gallery");
        Directory.CreateDirectory(folder);
        var missing = Directory.GetFiles(gallery, "*.ipynb").Where(n => !File.Exists(Path.Combine(folder, Path.GetFileName(n)))).ToArray();
        foreach (var notebook in missing)
            File.Copy(notebook, Path.Combine(folder, Path.GetFileName(notebook)));
        return [.. missing.Select(n => Path.GetFileName(n))];
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(d => OperatingSystem.IsWindows() ? new[] { Path.Combine(d, program + ".exe") } : [Path.Combine(d, program)])
        .FirstOrDefault(File.Exists);
}
