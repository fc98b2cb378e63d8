using System.Diagnostics;

namespace MoELab.Tests.EndToEnd;

internal static class Shell
{
    /// <summary>Runs a program in the repository's root and waits for it.</summary>
    public static (int Exit, string Output, string Error) Run(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
