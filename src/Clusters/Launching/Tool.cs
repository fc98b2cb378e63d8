using System.Diagnostics;

namespace MoELab.Clusters.Launching;

/// <summary>A program of the machine, such as <c>sbatch</c>.</summary>
internal static class Tool
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>Runs it to its end.</summary>
    /// <returns>Exit code, output and errors; null if there is no such program.</returns>
    /// <exception cref="RunException">It does not end within a minute.</exception>
    public static (int Code, string Output, string Error)? Run(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Started(start);
        if (process is null)
            return null;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Timeout))
        {
            process.Kill(entireProcessTree: true);
            throw new RunException($"{program} does not answer (within {Timeout.TotalSeconds:0} s)");
        }
        Task.WaitAll(output, error);
        return (process.ExitCode, output.Result.Trim(), error.Result.Trim());
    }

    private static Process? Started(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
