using MoELab.Interop.Torch;

namespace MoELab.Routing.Replay;

/// <summary>
/// Writes choices to a file that the <c>replay</c> router reads (<c>train --record-choices</c>). The format, little-endian: the 8 bytes
/// <c>MOECHOIC</c>, an int32 version (1); then per micro-batch and layer the int32 values step, micro-batch, layer, K (0 for a free number per
/// token), N, followed by N int32 experts and, where K is 0, N int32 tokens. Readers ignore a torn last record.
/// </summary>
public sealed class ChoiceRecorder : IDisposable
{
    internal static ReadOnlySpan<byte> Magic => "MOECHOIC"u8;

    internal const int Version = 1;

    private readonly BinaryWriter _file;

    /// <summary>Creates the file, replacing one of the same name.</summary>
    /// <exception cref="InputException">No file can be written there.</exception>
    public ChoiceRecorder(string path)
    {
        try
        {
            _file = new BinaryWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"recorded choices: cannot write '{path}' ({e.Message.TrimEnd('.')})", e);
        }
        _file.Write(Magic);
        _file.Write(Version);
    }

    /// <summary>Writes one choice. Steps count from 1, micro-batches and MoE layers from 0.</summary>
    public void Append(int step, int microBatch, int layer, RouterChoice choice)
    {
        var experts = HostMemory.Copy<int>(choice.Expert_N, torch.ScalarType.Int32);
        foreach (var value in (ReadOnlySpan<int>)[step, microBatch, layer, choice.TopK, experts.Length])
            _file.Write(value);
        foreach (var expert in experts)
            _file.Write(expert);
        if (choice.TopK > 0)
            return;
        foreach (var token in HostMemory.Copy<int>(choice.Token_N, torch.ScalarType.Int32))
            _file.Write(token);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
