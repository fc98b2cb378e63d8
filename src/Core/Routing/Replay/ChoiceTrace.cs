namespace MoELab.Routing.Replay;

/// <summary>Choices that a <see cref="ChoiceRecorder"/> wrote.</summary>
public sealed class ChoiceTrace
{
    private readonly Dictionary<(int Step, int MicroBatch, int Layer), (int TopK, int[] Experts, int[]? Tokens)> _choices = [];

    /// <summary>Reads a complete file.</summary>
    /// <exception cref="InputException">No such file, or another format.</exception>
    public ChoiceTrace(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"router.path: no file '{path}'; expected one that 'train --record-choices' wrote");
        using var file = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16));
        if (!file.ReadBytes(8).AsSpan().SequenceEqual(ChoiceRecorder.Magic) || Left(file) < 4 || file.ReadInt32() is not ChoiceRecorder.Version)
            throw new InputException($"router.path: '{path}' contains no choices of version {ChoiceRecorder.Version}; "
                + "expected a file that 'train --record-choices' wrote");
        while (Left(file) >= 20)
        {
            var key = (file.ReadInt32(), file.ReadInt32(), file.ReadInt32());
            var (topK, count) = (file.ReadInt32(), file.ReadInt32());
            if (topK < 0 || count < 0 || (topK > 0 && count % topK != 0))
                throw new InputException($"router.path: '{path}' contains {count} choices of {topK} experts each for step {key.Item1}; "
                    + "the file is damaged");
            if (Left(file) < (topK > 0 ? 4L : 8L) * count)
                break;
            var experts = Read(file, count);
            _choices[key] = (topK, experts, topK > 0 ? null : Read(file, count));
        }
    }

    /// <summary>How many choices the file holds.</summary>
    public int Count => _choices.Count;

    /// <summary>A recorded choice as tensors of the caller's scope. Steps count from 1, micro-batches and MoE layers from 0.</summary>
    /// <exception cref="InputException">Nothing was recorded there.</exception>
    public RouterChoice Find(int step, int microBatch, int layer, torch.Device device)
    {
        if (!_choices.TryGetValue((step, microBatch, layer), out var found))
            throw new InputException($"router.path: no choice was recorded for step {step}, micro-batch {microBatch}, MoE layer {layer}");
        var expert_N = Tensors(found.Experts, device);
        return found.Tokens is null
            ? RouterChoice.FromTopK(expert_N.view(-1, found.TopK))
            : new RouterChoice(Tensors(found.Tokens, device), expert_N, 0);
    }

    private static Tensor Tensors(int[] values, torch.Device device) =>
        torch.tensor(Array.ConvertAll(values, v => (long)v), device: device);

    private static long Left(BinaryReader file) => file.BaseStream.Length - file.BaseStream.Position;

    private static int[] Read(BinaryReader file, int count)
    {
        var values = new int[count];
        for (var i = 0; i < count; i++)
            values[i] = file.ReadInt32();
        return values;
    }
}
