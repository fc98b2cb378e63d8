using System.Diagnostics;

namespace MoELab.Tests.Parallel.Mpi;

/// <summary>Starts processes under mpirun, which eng/open-mpi.sh installs; a test that needs it is skipped where there is none.</summary>
internal static class MpiJob
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    public static string Host => Repository.PathOf("artifacts/bin/MoELab.GroupHost/release/MoELab.GroupHost.dll");

    /// <summary>Runs a .NET program as every rank; its exit code and all that it wrote.</summary>
    public static (int Code, string Text) Run(int ranks, params IEnumerable<string> program) => Run(ranks, [], program);

    /// <summary>The same with further variables of the environment.</summary>
    public static (int Code, string Text) Run(int ranks, IEnumerable<(string Name, string Value)> environment, params IEnumerable<string> program)
    {
        var mpirun = Environment.GetEnvironmentVariable("MOELAB_MPIRUN");
        if (string.IsNullOrEmpty(mpirun))
            Assert.Skip("no Open MPI here; eng/open-mpi.sh installs it on Debian, and MOELAB_MPIRUN names the mpirun that it prints");
        // A core may have several ranks, and nobody may bind the ranks of two jobs to the same one.
        return Start(mpirun, ["-n", $"{ranks}", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "dotnet", .. program], environment);
    }

    /// <summary>Runs a program; its exit code and all that it wrote.</summary>
    public static (int Code, string Text) Start(string file, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TERM"] = "dumb";
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{file} {string.Join(' ', start.ArgumentList)} did not end");
        }
        return (process.ExitCode, output.Result + error.Result);
    }
}
