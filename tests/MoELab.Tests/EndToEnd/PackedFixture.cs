using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoELab.Tests.EndToEnd;

/// <summary>
/// Every package of the solution, packed once for all tests into a temporary folder from what is already built. Restores of test projects
/// see that folder and the packages that this machine has already, and nothing else: no network, and no trace in its cache.
/// </summary>
public sealed class PackedFixture : IDisposable
{
    private static readonly Lazy<string> Feed = new(Pack);

    public PackedFixture()
    {
        Root = Directory.CreateTempSubdirectory("moelab-packages-").FullName;
        Packages = Feed.Value;
    }

    public static string Repository { get; } = FindRepository();

    public string Root { get; }

    public string Packages { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Builds a project into a folder.</summary>
    public void Build(string project, string output) => Dotnet(
        project, "build", "-v", "quiet", "-o", output,
        $"-p:RestorePackagesPath={Path.Combine(Root, "packages")}",
        $"-p:RestoreFallbackFolders={GlobalPackages()}",
        $"-p:RestoreSources={Packages}");

    /// <summary>Runs the SDK's command line and returns its standard output; fails the test with all output when it fails.</summary>
    public static string Dotnet(string directory, params string[] arguments) => Run(directory, "dotnet", arguments);

    /// <summary>Runs a program and returns its standard output; fails the test with all output when it fails.</summary>
    public static string Run(string directory, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        // A build server would outlive the test, and the settings of the process that runs the tests are not the child's.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // Where an installed tool looks for the runtime when it is not in the system's own place.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}\n{error.Result}");
        return output;
    }

    /// <summary>The folder of packages that this machine has already.</summary>
    public static string GlobalPackages() =>
        Dotnet(Repository, "nuget", "locals", "global-packages", "--list").Split(": ", 2)[1].Trim();

    private static string Pack()
    {
        var feed = TestFolders.New("feed");
        // artifacts/bin/MoELab.Tests/release: the last part is the configuration.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)).Split('_')[0];
        Dotnet(Repository, "pack", "MoELab.sln", "--no-build", "-c", configuration, "-o", feed);
        return feed;
    }

    private static string FindRepository([CallerFilePath] string here = "")
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(here)!);
        while (!File.Exists(Path.Combine(folder.FullName, "MoELab.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
