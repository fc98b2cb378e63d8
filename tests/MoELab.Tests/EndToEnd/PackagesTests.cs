namespace MoELab.Tests.EndToEnd;

public sealed class PackagesTests
{
    [Theory]
    [InlineData("cpu", "libtorch-cpu-linux-x64", "TorchSharp-cuda-linux", "packages.lock.json")]
    [InlineData("cuda", "TorchSharp-cuda-linux", "libtorch-cpu-linux-x64", "packages.cuda.lock.json")]
    public void The_device_chooses_libtorch_at_the_pinned_version(string device, string present, string absent, string lockFile)
    {
        var (exit, output, _) = Shell.Run("dotnet", "msbuild", "src/Cli/MoELab.Cli.csproj", $"-p:MoELabDevice={device}", "-getItem:PackageReference", "-getItem:PackageVersion", "-getProperty:NuGetLockFilePath", "-getProperty:TorchSharpVersion");
        Assert.Equal(0, exit);
        var project = JsonNode.Parse(output)!;
        var packages = project["Items"]!["PackageReference"]!.AsArray().Select(p => p!["Identity"]!.GetValue<string>()).ToArray();
        Assert.Contains(present, packages);
        Assert.DoesNotContain(absent, packages);
        var versions = project["Items"]!["PackageVersion"]!.AsArray().ToDictionary(p => p!["Identity"]!.GetValue<string>(), p => p!["Version"]!.GetValue<string>());
        Assert.Equal(project["Properties"]!["TorchSharpVersion"]!.GetValue<string>(), versions["TorchSharp"]);
        Assert.Equal(versions["TorchSharp"], versions["TorchSharp-cuda-linux"]);
        var own = project["Properties"]!["NuGetLockFilePath"]!.GetValue<string>();
        Assert.Equal(lockFile, own.Length == 0 ? "packages.lock.json" : own);
    }
}
