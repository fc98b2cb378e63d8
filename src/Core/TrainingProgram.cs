using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MoELab;

/// <summary>
/// The command line, in which runs train: the one that <c>MOELAB_CLI</c> names, that a host carries, that is next to the application, or that is
/// installed as a tool, in this order.
/// </summary>
internal static class TrainingProgram
{
    private const string Variable = "MOELAB_CLI", Assembly = "moelab.dll";

    /// <summary>A command line that a host carries elsewhere than next to its program; null if it carries none.</summary>
    public static string? Carried { get; set; }

    /// <summary>Folders of native libraries that <see cref="Carried"/> needs and that are not next to it.</summary>
    public static IReadOnlyList<string> Libraries { get; set; } = [];

    /// <summary>How it is started with these arguments.</summary>
    /// <exception cref="InputException">It was not found.</exception>
    public static ProcessStartInfo With(IReadOnlyList<string> arguments)
    {
        var program = Find();
        var start = program.EndsWith(".dll", StringComparison.Ordinal) ? new ProcessStartInfo(Host(), arguments.Prepend(program))
            : new ProcessStartInfo(program, arguments);
        if (program == Carried && Libraries.Count > 0)
        {
            var variable = OperatingSystem.IsWindows() ? "PATH" : "LD_LIBRARY_PATH";
            start.Environment[variable] = string.Join(Path.PathSeparator, [.. Libraries,
                .. Environment.GetEnvironmentVariable(variable) is { Length: > 0 } others ? new[] { others } : []]);
        }
        return start;
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return named;
        if (Carried is not null)
            return Carried;
        var beside = Path.Combine(AppContext.BaseDirectory, Assembly);
        return File.Exists(beside) ? beside : Installed() ?? throw new InputException($"the command line '{Assembly}' was not found in "
            + $"{AppContext.BaseDirectory}, nor is 'moelab' installed; run 'dotnet tool install -g MoELab.Cli', set {Variable} to its path, "
            + "or train with inProcess: true");
    }

    // The folder of global tools is not on the PATH of every program.
    private static string? Installed() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Append(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools"))
        .Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? "moelab.exe" : "moelab")).FirstOrDefault(File.Exists);

    // The dotnet host that runs this process, or the one next to the runtime if the program has its own host; it may not be on the PATH.
    private static string Host()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Path.GetFileName(Environment.ProcessPath) == name)
            return Environment.ProcessPath!;
        var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    }
}
