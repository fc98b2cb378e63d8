using System.Diagnostics;
using MoELab.Tests.EndToEnd;

namespace MoELab.Tests.Notebooks.Jupyter;

/// <summary>The kernel under the clients that people use: Jupyter's kernel test suite, nbclient, papermill, nbconvert.</summary>
public sealed class OutsideClientTests
{
    private static readonly string Here = Path.Combine(Repository.Root, "tests", "MoELab.Tests", "Notebooks", "Jupyter");
    private static readonly string? Python = new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(p => Works(p, "import jupyter_client"));

    [Fact]
    public void Jupyters_own_kernel_test_suite_passes_with_every_feature_on()
    {
        Needs("jupyter_kernel_test", "ipykernel");
        var (code, text) = Run(Path.Combine(Here, "conformance.py"), "-v");
        Assert.True(code == 0, text);
        Assert.DoesNotContain("skipped", text, StringComparison.Ordinal);
        Assert.Contains("Ran 13 tests", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nbclient_papermill_and_nbconvert_run_a_notebook()
    {
        Needs("nbclient", "nbconvert", "papermill");
        var (code, text) = Run(Path.Combine(Here, "clients.py"));
        Assert.True(code == 0, text);
    }

    [Fact]
    public void A_hundred_interrupts_a_restart_and_a_dead_server_leave_no_process_behind()
    {
        Needs();
        var (code, text) = Run(Path.Combine(Here, "interrupts.py"));
        Assert.True(code == 0, text);
    }

    private static void Needs(params string[] modules)
    {
        if (Python is null)
            Assert.Skip("no Python with jupyter_client");
        if (modules.FirstOrDefault(m => !Works(Python, $"import {m}")) is { } missing)
            Assert.Skip($"Python has no {missing}");
    }

    private static bool Works(string python, string code)
    {
        try
        {
            return Shell.Run(python, ["-c", code]).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Text) Run(string script, params string[] arguments)
    {
        // The kernel of this build, under the name that notebooks have, for this client alone.
        var data = TestFolders.New("jupyter");
        var moelab = Path.Combine(AppContext.BaseDirectory, "moelab.dll");
        Assert.Equal(0, Shell.Run("dotnet", [moelab, "kernel", "install", "--prefix", data]).Exit);
        var start = new ProcessStartInfo(Python!, [script, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = data };
        start.Environment["JUPYTER_PATH"] = Path.Combine(data, "share", "jupyter");
        start.Environment["JUPYTER_PREFER_ENV_PATH"] = "1";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
            process.Kill(entireProcessTree: true);
        return (process.ExitCode, output.Result + errors.Result);
    }
}
