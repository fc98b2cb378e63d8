using System.Diagnostics;
using MoELab.Tests.Training;

namespace MoELab.Tests.Structure;

/// <summary>What a command loads: a report needs no compiler, no sockets and no database.</summary>
public sealed class LoadedAssembliesTests
{
    [Fact]
    public async Task A_report_loads_the_views_and_neither_compiler_nor_notebook()
    {
        using var tiny = new TinyRuns();
        var (run, trace) = (tiny.Train(), Path.Combine(tiny.Folder, "loads.nettrace"));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "moelab.dll"), "report", run])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["DOTNET_EnableEventPipe"] = "1",
                ["DOTNET_EventPipeConfig"] = "Microsoft-Windows-DotNETRuntime:0x8:4", // the runtime's Loader events
                ["DOTNET_EventPipeOutputPath"] = trace,
            },
        };
        using var report = Process.Start(start)!;
        await report.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await report.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, report.ExitCode);
        var loaded = await File.ReadAllBytesAsync(trace, TestContext.Current.CancellationToken);
        Assert.True(Loads("MoELab.Views"));
        Assert.DoesNotContain(["Microsoft.CodeAnalysis", "NetMQ", "DuckDB", "Plotly", "MoELab.Notebook", "MoELab.Jupyter", "MoELab.Board", "Microsoft.AspNetCore.Hosting"], Loads);

        bool Loads(string assembly) => loaded.AsSpan().IndexOf(Encoding.Unicode.GetBytes(assembly)) >= 0;
    }
}
