using System.Diagnostics;
using System.Text.Json;

namespace MoELab.CudaCheck;

/// <summary>What torch measured for a problem; null where it did not. Milliseconds, and GB/s of a copy.</summary>
internal sealed record TorchTimes(double? Grouped, double? GroupedBoth, double? Dense, double? DenseBoth, double? Copy);

/// <summary>PyTorch in a process of its own, one problem at a time, so that neither side holds the other's memory.</summary>
internal static class TorchSide
{
    internal static TorchTimes Measure(LayerProblem p, int[] expert_N, out string note)
    {
        note = "";
        var script = Path.Combine(Path.GetTempPath(), $"moelab-torch-{Environment.ProcessId}.py");
        try
        {
            using (var source = typeof(TorchSide).Assembly.GetManifestResourceStream("torch_side.py")!)
            using (var file = File.Create(script))
                source.CopyTo(file);
            var counts = string.Join(',', Enumerable.Range(0, p.E).Select(e => expert_N.Count(x => x == e)));
            using var python = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("MOELAB_PYTHON") ?? "python3", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = python.StandardError.ReadToEndAsync();
            python.StandardInput.WriteLine($$"""{"T":{{p.T}},"D":{{p.D}},"F":{{p.F}},"E":{{p.E}},"K":{{p.K}},"counts":[{{counts}}]}""");
            python.StandardInput.Close();
            var line = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            if (python.ExitCode != 0)
            {
                note = $"torch's columns stay empty: {errors.Result.Trim().Split('\n')[^1]}";
                return new(null, null, null, null, null);
            }
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("error", out var error))
                note = $"torch: {error.GetString()}";
            return new(Number("grouped"), Number("grouped_both"), Number("dense"), Number("dense_both"), Number("copy"));

            double? Number(string key) => json.RootElement.TryGetProperty(key, out var value) ? value.GetDouble() : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or JsonException)
        {
            note = $"torch's columns stay empty: {e.Message}";
            return new(null, null, null, null, null);
        }
        finally
        {
            File.Delete(script);
        }
    }
}
