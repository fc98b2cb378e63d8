using System.Diagnostics;

namespace MoELab.Tests.OutsideReaders;

/// <summary>PyTorch in one Python process, which starts with the first question.</summary>
public sealed class PyTorchProcess : IDisposable
{
    private Process? _python;

    /// <summary>What <c>torch.load</c> finds in a file, with <c>weights_only=True</c>, mapped and not: type, shape and SHA-256 by name.</summary>
    public JsonObject Load(string path) => Ask("load", path)!.AsObject();

    /// <summary>Writes one of the cases of pytorch.py by <c>torch.save</c>; what is in it, or null if it is no dictionary of plain tensors.</summary>
    public JsonObject? Save(string path, string which) => Ask("save", path, which)?.AsObject();

    /// <summary>Loads a state dict and saves it in bfloat16.</summary>
    public void ToBFloat16(string path, string target) => Ask("convert", path, target);

    /// <summary>Loads a state dict and saves it in bfloat16 as three shards with an index, <c>pytorch_model.bin.index.json</c>.</summary>
    public void Shard(string path, string folder) => Ask("shard", path, folder);

    public void Dispose()
    {
        _python?.StandardInput.Close();
        _python?.WaitForExit();
        _python?.Dispose();
    }

    // The test fails with PyTorch's complaint, and is skipped where there is no PyTorch.
    private JsonNode? Ask(params string[] question)
    {
        _python ??= Start();
        _python.StandardInput.WriteLine(new JsonArray([.. question.Select(q => (JsonNode)q)]).ToJsonString());
        _python.StandardInput.Flush();
        var answer = JsonNode.Parse(_python.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"PyTorch ended at {question[1]}"))!;
        Assert.True(answer["error"] is null, $"{question[0]} of {question[1]}: {answer["error"]}");
        return answer["read"];
    }

    private static Process Start()
    {
        var folder = Environment.GetEnvironmentVariable("MOELAB_PYTORCH");
        if (string.IsNullOrEmpty(folder))
            Assert.Skip("no PyTorch here; eng/pytorch.sh fetches it on Debian, and MOELAB_PYTORCH names the folder that it prints");
        return Process.Start(new ProcessStartInfo(Path.Combine(folder, "python"), [Repository.PathOf("tests/MoELab.Tests/OutsideReaders/pytorch.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }
}
