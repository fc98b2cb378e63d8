using System.Diagnostics;
using MoELab.Tests.EndToEnd;

namespace MoELab.Tests.Jupyter;

/// <summary>The kernel under the clients that people use: Jupyter's kernel test suite, nbclient, papermill, nbconvert.</summary>
public sealed class OutsideClientTests
{
    private static readonly string Here = Path.Combine(Repository.Root, "tests", "MoELab.Tests", "Jupyter");
    internal static readonly string? Python = new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(p => Works(p, "import jupyter_client"));

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
    public void Notebooks_that_we_write_are_valid_for_nbformat()
    {
        Needs("nbformat");
        var folder = TestFolders.New("nbformat");
        var gallery = Directory.GetFiles(Repository.PathOf("notebooks"), "*.ipynb").Order(StringComparer.Ordinal).First();
        var moelab = Path.Combine(AppContext.BaseDirectory, "moelab.dll");
        var (dib, back, ran) = (Path.Combine(folder, "a.dib"), Path.Combine(folder, "back.ipynb"), Path.Combine(folder, "ran.ipynb"));
        File.WriteAllText(Path.Combine(folder, "book.dib"), "#!csharp\n\n1 + 1\n\n#!markdown\n\n# A title\n\n#!csharp\n\nConsole.WriteLine(\"a\"); display(HTML(\"<b>b</b>\")); throw new Exception(\"no\");\n\n#!csharp\n\n2\n");
        Assert.Equal(0, Shell.Run("dotnet", [moelab, "notebook", "convert", gallery, dib]).Exit);
        Assert.Equal(0, Shell.Run("dotnet", [moelab, "notebook", "convert", dib, back]).Exit);
        Assert.Equal(1, Shell.Run("dotnet", [moelab, "notebook", "run", Path.Combine(folder, "book.dib"), "--output", ran]).Exit);
        const string Script = "import nbformat,sys\nfor p in sys.argv[1:]:\n b=nbformat.read(p, nbformat.NO_CONVERT)\n assert b.nbformat==4, p\n nbformat.validate(b, relax_add_props=False)\nran=[c.get('execution_count') for c in nbformat.read(sys.argv[2],4).cells if c.cell_type=='code']\nassert ran[0]==1 and ran[-1] is None, ran";
        var (exit, _, error) = Shell.Run(Python!, ["-c", Script, back, ran]);
        Assert.True(exit == 0, error);
    }

    [Fact]
    public void A_hundred_interrupts_a_restart_and_a_dead_server_leave_no_process_behind()
    {
        Needs();
        var (code, text) = Run(Path.Combine(Here, "interrupts.py"));
        Assert.True(code == 0, text);
    }

    [Theory]
    [InlineData("notebook")]
    [InlineData("lab")]
    public void A_card_moves_acts_and_turns_dark_in(string frontEnd)
    {
        var browser = Views.BrowserTests.Browser();
        Needs("tornado", "nbformat");
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var lab = Path.Combine(home, "moelab", "jupyterlab");
        if (frontEnd == "lab" && !File.Exists(Path.Combine(lab, "complete")))
            Assert.Skip("no JupyterLab: eng/jupyterlab.sh unpacks it on Debian");
        if (frontEnd == "notebook")
            Needs("notebook");
        string[] pictures = Environment.GetEnvironmentVariable("MOELAB_LIVE_PAGES") is { } folder ? [folder] : [];
        var (code, text) = Run(Path.Combine(Here, "frontends.py"), frontEnd == "lab" ? lab : null, [frontEnd, browser, .. pictures]);
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

    private static (int Code, string Text) Run(string script, params string[] arguments) => Run(script, null, arguments);

    private static (int Code, string Text) Run(string script, string? jupyterLab, string[] arguments)
    {
        // The kernel of this build, under the name that notebooks have, for this client alone.
        var data = TestFolders.New("jupyter");
        var moelab = Path.Combine(AppContext.BaseDirectory, "moelab.dll");
        Assert.Equal(0, Shell.Run("dotnet", [moelab, "kernel", "install", "--prefix", data]).Exit);
        var start = new ProcessStartInfo(Python!, [script, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = data };
        start.Environment["JUPYTER_PATH"] = Path.Combine(data, "share", "jupyter");
        start.Environment["JUPYTER_PREFER_ENV_PATH"] = "1";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["MOELAB_RUNS"] = Path.Combine(data, "runs");
        if (jupyterLab is not null)
        {
            // Newer than the system's packages, and so for this front end alone.
            start.Environment["PYTHONPATH"] = string.Join(':', Path.Combine(jupyterLab, "stub"), Path.Combine(jupyterLab, "usr", "lib", "python3", "dist-packages"));
            start.Environment["MOELAB_JUPYTERLAB"] = jupyterLab;
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
            process.Kill(entireProcessTree: true);
        return (process.ExitCode, output.Result + errors.Result);
    }
}
