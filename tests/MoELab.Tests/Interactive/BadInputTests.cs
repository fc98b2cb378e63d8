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
