using System.Diagnostics;
using MoELab.Interop.Host;
using MoELab.Tests.Training;

namespace MoELab.Tests.Interop;

public sealed class OpenMpWaitingTests
{
    private const string Ours = "spin 1000 times, then sleep";

    // The command line in a process of its own, with OpenMP telling on standard error what it has read.
    [Theory]
    [InlineData(null, null, "GOMP_SPINCOUNT = '1000'", Ours)]
    [InlineData("GOMP_SPINCOUNT", "7", "GOMP_SPINCOUNT = '7'", "GOMP_SPINCOUNT=7, from the environment")]
    [InlineData("OMP_WAIT_POLICY", "active", "OMP_WAIT_POLICY = 'ACTIVE'", "OMP_WAIT_POLICY=active, from the environment")]
    public async System.Threading.Tasks.Task OpenMp_of_the_command_line_waits_briefly_unless_told_otherwise(string? name, string? value, string told, string printed)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "moelab.dll"), "doctor"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("GOMP_SPINCOUNT");
        start.Environment.Remove("OMP_WAIT_POLICY");
        start.Environment["OMP_DISPLAY_ENV"] = "verbose";
        if (name is not null)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var displayed = await error;
        Assert.Contains(told, displayed, StringComparison.Ordinal);
        Assert.Contains(output.Split('\n'), line => line.StartsWith("openmp waiting", StringComparison.Ordinal) && line.Contains(printed, StringComparison.Ordinal));
    }

    // This process is a program that uses the library: it loaded libtorch after the library.
    [Fact]
    public async System.Threading.Tasks.Task A_program_of_ones_own_and_the_process_of_a_run_that_it_starts_wait_the_same()
    {
        var told = ((string[])["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]).Where(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }).ToList();
        var expected = told.Count == 0 ? Ours : $"{told[0]}={Environment.GetEnvironmentVariable(told[0])}";
        Assert.StartsWith(expected, OpenMpWaiting.InForce, StringComparison.Ordinal);
        using var tiny = new TinyRuns();
        var lab = new Lab(tiny.Runs);
        var run = lab.Start(tiny.Recipe.With("training.steps=1"));
        await run.Completion.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.StartsWith(expected, run.Read().Environment["openmp_waiting"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
