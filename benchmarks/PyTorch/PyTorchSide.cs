using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MoELab.Benchmarks.PyTorch;

/// <summary>A step of the PyTorch side: its loss and where its seconds went.</summary>
internal readonly record struct PyTorchStep(double Loss, double Forward, double Backward, double Optimizer, double Seconds);

/// <summary>train_side.py in a process of its own: the script trains when it is told to and sleeps in between.</summary>
internal sealed class PyTorchSide : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private PyTorchSide(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>What Python says about itself.</summary>
    public string Description { get; private set; } = "";

    /// <summary>The interpreter: MOELAB_PYTHON, or python3.</summary>
    private static string Python => Environment.GetEnvironmentVariable("MOELAB_PYTHON") is { Length: > 0 } named ? named : "python3";

    /// <summary>Why there is no PyTorch here, as one sentence; null when there is.</summary>
    public static string? Missing()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"skipped: '{Python}' has no PyTorch ({error.Split('\n')[^1]}); name an interpreter that has in MOELAB_PYTHON";
        }
        catch (Win32Exception e)
        {
            return $"skipped: '{Python}' does not start ({e.Message}); name an interpreter that has PyTorch in MOELAB_PYTHON";
        }
    }

    /// <summary>Starts the script on a folder that holds weights, batches and recipe.</summary>
    /// <exception cref="InvalidOperationException">The script ended.</exception>
    public static PyTorchSide Start(string folder)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, "train_side.py"), folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // What NativeAllocator.KeepPages is to our side.
        foreach (var (name, value) in ((string, string)[])[("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_MAX_", "0"), ("MALLOC_TRIM_THRESHOLD_", "2147483647"), ("MALLOC_TOP_PAD_", "67108864")])
            start.Environment.TryAdd(name, value);
        var side = new PyTorchSide(Process.Start(start)!);
        var ready = side.Answer();
        side.Description = $"PyTorch {ready.GetProperty("version").GetString()}, {ready.GetProperty("threads").GetInt32()} threads";
        return side;
    }

    /// <summary>One step.</summary>
    /// <param name="factor">On all learning rates.</param>
    public PyTorchStep Step(double factor)
    {
        _process.StandardInput.WriteLine(factor.ToString("R", CultureInfo.InvariantCulture));
        _process.StandardInput.Flush();
        var answer = Answer();
        double Of(string name) => answer.GetProperty(name).GetDouble();
        return new PyTorchStep(Of("loss"), Of("forward"), Of("backward"), Of("optimizer"), Of("step"));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }

    private JsonElement Answer() => _process.StandardOutput.ReadLine() is { } line
        ? JsonDocument.Parse(line).RootElement.Clone()
        : throw new InvalidOperationException($"the PyTorch side ended: {_errors.Result.Trim()}");
}
