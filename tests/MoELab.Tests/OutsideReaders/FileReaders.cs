using System.Diagnostics;

namespace MoELab.Tests.OutsideReaders;

/// <summary>Other people's readers in one Python process, which starts with the first file.</summary>
public sealed class FileReaders : IDisposable
{
    private Process? _python;

    /// <summary>What a reader finds in a file; the test fails with its complaint, and is skipped where there are no readers.</summary>
    /// <param name="what">safetensors, events or config.</param>
    /// <param name="path">The file.</param>
    public JsonNode Read(string what, string path)
    {
        _python ??= Start();
        _python.StandardInput.WriteLine(new JsonArray(what, path).ToJsonString());
        _python.StandardInput.Flush();
        var answer = JsonNode.Parse(_python.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"the readers ended at {path}"))!;
        Assert.True(answer["error"] is null, $"{what} of {path}: {answer["error"]}");
        return answer["read"]!;
    }

    public void Dispose()
    {
        _python?.StandardInput.Close();
        _python?.WaitForExit();
        _python?.Dispose();
    }

    private static Process Start()
    {
        var readers = Environment.GetEnvironmentVariable("MOELAB_READERS");
        if (string.IsNullOrEmpty(readers))
            Assert.Skip("no readers of other people here; eng/file-readers.sh fetches them on Debian, and MOELAB_READERS names the folder that it prints");
        var start = new ProcessStartInfo(Path.Combine(readers, "usr", "bin", "python3.13"), [Repository.PathOf("tests/MoELab.Tests/OutsideReaders/readers.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PYTHONPATH"] = Path.Combine(readers, "usr", "lib", "python3", "dist-packages");
        start.Environment["LD_LIBRARY_PATH"] = Path.Combine(readers, "usr", "lib", "x86_64-linux-gnu");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!;
    }
}
