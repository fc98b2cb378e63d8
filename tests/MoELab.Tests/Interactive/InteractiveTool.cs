using System.Diagnostics;
using MoELab.Tests.EndToEnd;

namespace MoELab.Tests.Interactive;

/// <summary>The real host, with a folder of its own for packages and settings: the machine's packages are read, and none is added to them.</summary>
internal sealed class InteractiveTool : IDisposable
{
    private readonly PackedFixture _packed = new();
    private readonly bool _alone;

    /// <param name="alone">Whether it reaches no network and none of the machine's packages.</param>
    public InteractiveTool(bool alone = false)
    {
        _alone = alone;
        Work = TestFolders.New("interactive");
        Home = Directory.CreateDirectory(Path.Combine(_packed.Root, "home")).FullName;
        if (alone)
        {
            var nuget = Directory.CreateDirectory(Path.Combine(Home, ".nuget", "NuGet")).FullName;
            File.WriteAllText(Path.Combine(nuget, "NuGet.Config"), "<configuration><packageSources><clear /></packageSources></configuration>");
            return;
        }
        // Where packages come from is the machine's own business.
        var settings = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget");
        if (Directory.Exists(settings))
            File.CreateSymbolicLink(Path.Combine(Home, ".nuget"), settings);
    }

    /// <summary>The tool's folder; the test is skipped if there is none.</summary>
    public static string Folder
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable("MOELAB_DOTNET_INTERACTIVE");
            Assert.SkipWhen(string.IsNullOrEmpty(folder),
                "no tool of .NET Interactive: eng/dotnet-interactive.sh installs it, and MOELAB_DOTNET_INTERACTIVE names its folder");
            return folder!;
        }
    }

    /// <summary>The folder in which notebooks run.</summary>
    public string Work { get; }

    public string Home { get; }

    /// <summary>The folder of packages that are not published.</summary>
    public string Packages => _packed.Packages;

    /// <summary>The cell that a user types, for packages that are not published.</summary>
    public string Load => $"#i \"nuget:{Packages}\"\n#r \"nuget: MoELab.Interactive, {Version}\"";

    public string Version => Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(Packages, "MoELab.Interactive.*.nupkg")))["MoELab.Interactive.".Length..];

    public Dictionary<string, string> Variables => new()
    {
        ["HOME"] = Home,
        ["NUGET_PACKAGES"] = Path.Combine(_packed.Root, "packages"),
        ["NUGET_FALLBACK_PACKAGES"] = _alone ? "" : PackedFixture.GlobalPackages(),
        ["PATH"] = Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"),
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
        ["MOELAB_CLI"] = "",
    };

    /// <summary>A program with these variables in the folder of notebooks.</summary>
    public ProcessStartInfo Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        return start;
    }

    public void Dispose()
    {
        // To look at what a notebook showed.
        if (Environment.GetEnvironmentVariable("MOELAB_KEEP_INTERACTIVE") is { Length: > 0 } keep)
            Process.Start("cp", ["-r", Work, keep])!.WaitForExit();
        _packed.Dispose();
    }
}
