using System.Diagnostics;
using System.Reflection;

namespace MoELab.Tests.Interactive;

/// <summary>Notebooks in which the package cannot be loaded.</summary>
public sealed class BadInputTests
{
    [Fact]
    public async Task Another_TorchSharp_is_named_with_both_versions()
    {
        _ = InteractiveTool.Folder;
        using var tool = new InteractiveTool();
        using var host = new StdioHost(tool);
        await host.Until(e => StdioHost.Type(e) == "KernelReady");
        Assert.Null(StdioHost.Failure(await host.Run("using System.Reflection;\nusing System.Reflection.Emit;\n"
            + "AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(\"TorchSharp, Version=0.99.0.0\"), AssemblyBuilderAccess.Run);")));
        var load = await host.Run(tool.Load);
        Assert.Contains(load, e => e["event"]?.ToJsonString().Contains("this notebook has loaded TorchSharp 0.99.0.0, and MoELab needs 0.107.0.0; "
            + "restart the kernel and load MoELab first", StringComparison.Ordinal) == true);
        // The notebook's own cells go on.
        Assert.Null(StdioHost.Failure(await host.Run("1 + 1")));
    }

    [Fact]
    public async Task A_package_for_another_host_names_both_versions()
    {
        _ = InteractiveTool.Folder;
        using var tool = new InteractiveTool();
        const string Built = "1.0.0-beta.27120.1";
        var here = typeof(Microsoft.DotNet.Interactive.Formatting.Formatter).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        var other = OtherPackage.ForAnotherHost(tool, "2.0.0", here, "UseValueSharing", Built, "UseValuePassing");
        using var host = new StdioHost(tool);
        await host.Until(e => StdioHost.Type(e) == "KernelReady");
        var load = await host.Run(other);
        var sentence = Assert.Single(load.Select(e => (string?)e["event"]?["message"]).OfType<string>()
            .Where(m => m.StartsWith("MoELab: ", StringComparison.Ordinal)).Distinct());
        Assert.StartsWith($"MoELab: this notebook runs on .NET Interactive {here}, and MoELab was built for {Built}: Method not found: ", sentence, StringComparison.Ordinal);
        Assert.Contains("UseValuePassing", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
        // The notebook's own cells go on.
        Assert.Null(StdioHost.Failure(await host.Run("1 + 1")));
    }

    [Fact]
    public void Without_the_SDK_the_script_that_installs_the_tool_says_that_tests_are_skipped()
    {
        var nothing = TestFolders.New("nothing");
        var start = new ProcessStartInfo("/bin/bash", [Repository.PathOf("eng/dotnet-interactive.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["PATH"], start.Environment["XDG_CACHE_HOME"]) = (nothing, nothing);
        using var script = Process.Start(start)!;
        Assert.Equal("", script.StandardOutput.ReadToEnd());
        Assert.Equal("eng/dotnet-interactive.sh: no dotnet on the PATH to install the tool of .NET Interactive with; the tests that need it are skipped\n",
            script.StandardError.ReadToEnd());
        script.WaitForExit();
        Assert.Equal(0, script.ExitCode);
    }

    [Fact]
    public async Task Without_network_and_packages_the_missing_ones_are_named()
    {
        _ = InteractiveTool.Folder;
        using var tool = new InteractiveTool(alone: true);
        using var host = new StdioHost(tool);
        await host.Until(e => StdioHost.Type(e) == "KernelReady");
        Assert.Contains("Unable to find package TorchSharp", StdioHost.Failure(await host.Run(tool.Load)), StringComparison.Ordinal);
        Assert.Null(StdioHost.Failure(await host.Run("1 + 1")));
    }
}
