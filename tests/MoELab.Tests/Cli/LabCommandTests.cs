using System.Diagnostics;

namespace MoELab.Tests.Cli;

public sealed class LabCommandTests
{
    [Fact]
    public void Without_Jupyter_it_says_how_to_get_it_and_how_to_do_without()
    {
        var folder = TestFolders.New("lab");
        var (exit, error) = Lab(folder, path: folder);
        Assert.Equal(1, exit);
        Assert.Contains("pipx install jupyterlab", error, StringComparison.Ordinal);
        Assert.Contains("moelab notebook run", error, StringComparison.Ordinal);
        Assert.Equal(Directory.GetFiles(Path.Combine(Repository.Root, "notebooks"), "*.ipynb").Length, Directory.GetFiles(Path.Combine(folder, "moelab-notebooks"), "*.ipynb").Length);
    }

    [Fact]
    public void Jupyter_opens_on_the_gallery_with_the_kernel_installed_and_notebooks_of_ones_own_kept()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("the stand-in for Jupyter is a shell script");
            return;
        }
        var folder = TestFolders.New("lab");
        var mine = Path.Combine(folder, "moelab-notebooks", "1-quickstart.ipynb");
        Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
        File.WriteAllText(mine, "mine");
        var server = Path.Combine(folder, "jupyter-lab");
        File.WriteAllText(server, "#!/bin/sh\npwd > started\necho \"$@\" >> started\nexit 3\n");
        File.SetUnixFileMode(server, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var trust = Path.Combine(folder, "jupyter-trust");
        File.WriteAllText(trust, $"#!/bin/sh\nfor n in \"$@\"; do basename \"$n\"; done > {folder}/trusted\n");
        File.SetUnixFileMode(trust, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(3, Lab(folder, path: folder + ":/usr/bin:/bin", "--", "--port", "8899").Exit);
        Assert.Equal([Path.GetDirectoryName(mine)!, "--port 8899"], File.ReadAllLines(Path.Combine(Path.GetDirectoryName(mine)!, "started")));
        Assert.Equal("mine", File.ReadAllText(mine));
        // Trusted are those of the gallery, not a notebook that was there.
        Assert.Equal(Directory.GetFiles(Path.Combine(Repository.Root, "notebooks"), "*.ipynb").Select(n => Path.GetFileName(n)).Where(n => n != "1-quickstart.ipynb").Order(StringComparer.Ordinal), File.ReadAllLines(Path.Combine(folder, "trusted")).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(folder, "data", "kernels", "moelab", "kernel.json")));
    }

    private static (int Exit, string Error) Lab(string folder, string path, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "moelab.dll"), "lab", .. arguments]) { WorkingDirectory = folder, RedirectStandardError = true };
        start.Environment["PATH"] = path;
        start.Environment["JUPYTER_DATA_DIR"] = Path.Combine(folder, "data");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
