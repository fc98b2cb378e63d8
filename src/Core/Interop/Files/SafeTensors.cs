using System.Buffers.Binary;
using System.Text.Json;
using MoELab.Interop.Torch;
using MoELab.Recipes.Input;

namespace MoELab.Interop.Files;

/// <summary>What a safetensors file says of one tensor.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Shape.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record SafeTensorInfo(torch.ScalarType Type, IReadOnlyList<long> Shape, long Offset, long Bytes);

/// <summary>
/// Reads and writes one safetensors file: eight bytes of header length, a JSON header, raw little-endian data
/// (huggingface/safetensors, format description). A file whose header and length do not agree is rejected when it is opened.
/// </summary>
public sealed class SafeTensors : IWeightFile
{
    private const int Chunk = 1 << 26;
    /// <summary>Bytes that a header may have, as in the format's own reader.</summary>
    internal const long LargestHeader = 100_000_000;

    private static readonly (string Name, torch.ScalarType Type, int Size)[] Types =
    [
        ("F32", torch.ScalarType.Float32, 4), ("F64", torch.ScalarType.Float64, 8), ("F16", torch.ScalarType.Float16, 2),
        ("BF16", torch.ScalarType.BFloat16, 2),
        ("I64", torch.ScalarType.Int64, 8), ("I32", torch.ScalarType.Int32, 4), ("I16", torch.ScalarType.Int16, 2), ("I8", torch.ScalarType.Int8, 1),
        ("U8", torch.ScalarType.Byte, 1), ("BOOL", torch.ScalarType.Bool, 1),
    ];

    private readonly FileStream _file;
    private readonly string _path;

    private SafeTensors(FileStream file, string path, SortedDictionary<string, SafeTensorInfo> tensors, SortedDictionary<string, string> metadata)
    {
        (_file, _path) = (file, path);
        (Tensors, Metadata) = (tensors, metadata);
    }

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, SafeTensorInfo> Tensors { get; }

    IEnumerable<string> IWeightFile.Names => Tensors.Keys;

    /// <summary>The header's free text.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="InputException">No such file, a truncated file, or a header that does not match it.</exception>
    public static SafeTensors Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be opened ({e.Message}); expected a safetensors file", e);
        }
        try
        {
            var (tensors, metadata) = ReadHeader(file, path);
            return new SafeTensors(file, path, tensors, metadata);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a file and flushes it to the disk.</summary>
    /// <param name="path">Where; an existing file is replaced.</param>
    /// <param name="tensors">Names and tensors, on any device; views are written as they look.</param>
    /// <param name="metadata">Free text for the header.</param>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var header = new JsonObject();
        if (metadata is { Count: > 0 })
            header["__metadata__"] = new JsonObject(metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        var end = 0L;
        foreach (var (name, tensor) in all)
        {
            var (code, _, size) = Types.FirstOrDefault(t => t.Type == tensor.dtype);
            if (code is null)
                throw new InputException($"{path}: tensor '{name}' is {tensor.dtype}, which safetensors cannot store");
            var begin = end;
            end += tensor.numel() * size;
            header[name] = new JsonObject
            {
                ["dtype"] = code,
                ["shape"] = new JsonArray([.. tensor.shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(begin, end),
            };
        }
        var text = JsonSerializer.SerializeToUtf8Bytes(header);
        // Readers map the data; eight-byte alignment keeps every element type readable in place.
        var padded = (text.Length + 7) / 8 * 8;
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        file.Write(length);
        file.Write(text);
        for (var i = text.Length; i < padded; i++)
            file.WriteByte((byte)' ');
        foreach (var (_, tensor) in all)
            WriteData(file, tensor);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads a tensor to the CPU, in its own type.</summary>
    /// <exception cref="InputException">No such tensor.</exception>
    public Tensor Read(string name)
    {
        if (!Tensors.TryGetValue(name, out var info))
            throw new InputException($"{_path}: no tensor '{name}'{Names.Hint(name, [.. Tensors.Keys.Take(2000)])}");
        var tensor = torch.empty([.. info.Shape], dtype: info.Type);
        for (var done = 0L; done < info.Bytes;)
        {
            var count = RandomAccess.Read(_file.SafeFileHandle, NativeTensor.Bytes(tensor, done, (int)Math.Min(Chunk, info.Bytes - done)),
                info.Offset + done);
            if (count == 0)
                throw new InputException($"{_path}: the file ends inside tensor '{name}'");
            done += count;
        }
        return tensor;
    }

    WeightInfo? IWeightFile.Find(string name) => Tensors.TryGetValue(name, out var info) ? new WeightInfo(info.Type, info.Shape) : null;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void WriteData(FileStream file, Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        var flat = tensor.detach().cpu().contiguous();
        var bytes = flat.numel() * Types.First(t => t.Type == flat.dtype).Size;
        for (var done = 0L; done < bytes; done += Chunk)
            file.Write(NativeTensor.Bytes(flat, done, (int)Math.Min(Chunk, bytes - done)));
    }

    private static (SortedDictionary<string, SafeTensorInfo>, SortedDictionary<string, string>) ReadHeader(FileStream file, string path)
    {
        Span<byte> length = stackalloc byte[8];
        if (file.Length < 8 || file.ReadAtLeast(length, 8, throwOnEndOfStream: false) < 8)
            throw new InputException($"{path}: {file.Length} bytes are too few for a safetensors file");
        var headerBytes = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (headerBytes is < 2 or > LargestHeader || headerBytes > file.Length - 8)
            throw new InputException($"{path}: the header would take {headerBytes} bytes of a file of {file.Length}; "
                + "the file is truncated or not a safetensors file");
        var text = new byte[headerBytes];
        file.ReadExactly(text);
        var header = InputJson.Parse(text, path, "the header of a safetensors file");
        var (tensors, metadata) =
            (new SortedDictionary<string, SafeTensorInfo>(StringComparer.Ordinal), new SortedDictionary<string, string>(StringComparer.Ordinal));
        var data = 8 + headerBytes;
        foreach (var (name, entry) in header.Entries())
        {
            if (name != "__metadata__")
                tensors[name] = ReadEntry(path, name, entry, data);
            else if (entry.Exists)
                foreach (var (key, value) in entry.Entries())
                    metadata[key] = value.Text();
        }
        CheckLayout(path, tensors, data, file.Length);
        return (tensors, metadata);
    }

    // "The byte buffer needs to be entirely indexed, and cannot contain holes" (the format's description): overlaps would let one byte be
    // two weights.
    private static void CheckLayout(string path, SortedDictionary<string, SafeTensorInfo> tensors, long data, long length)
    {
        var (end, before) = (data, "the header");
        foreach (var (name, tensor) in tensors.OrderBy(t => t.Value.Offset).ThenBy(t => t.Value.Bytes))
        {
            if (tensor.Offset != end)
                throw new InputException($"{path}: {(tensor.Offset < end ? $"tensor '{name}' overlaps '{before}'"
                    : $"{tensor.Offset - end} bytes before tensor '{name}' belong to no tensor")}; the file is damaged");
            (end, before) = (end + tensor.Bytes, name);
        }
        if (end != length)
            throw new InputException($"{path}: the header describes {end} bytes but the file has {length}; "
                + $"the file is {(end > length ? "truncated" : "damaged")}");
    }

    private static SafeTensorInfo ReadEntry(string path, string name, JsonField entry, long data)
    {
        var code = entry["dtype"].Text();
        var (known, type, size) = Types.FirstOrDefault(t => t.Name == code);
        if (known is null)
            throw new InputException($"{path}: tensor '{name}' has type {code}; expected one of {string.Join(", ", Types.Select(t => t.Name))}");
        var shape = entry["shape"].Items().Select(n => n.Whole() is var count and >= 0 ? count : throw n.Unfit("a size, 0 or more")).ToArray();
        var offsets = entry["data_offsets"].Items();
        if (offsets.Count != 2)
            throw entry["data_offsets"].Unfit("begin and end");
        var (begin, end) = (offsets[0].Whole(), offsets[1].Whole());
        long bytes;
        try
        {
            bytes = shape.Aggregate((long)size, (a, b) => checked(a * b));
            _ = checked(data + end);
        }
        catch (OverflowException e)
        {
            throw new InputException($"{path}: tensor '{name}' of shape [{string.Join(", ", shape)}] at {begin} to {end} is larger than any file; "
                + "the file is damaged", e);
        }
        if (begin < 0 || end - begin != bytes)
            throw new InputException($"{path}: tensor '{name}' of shape [{string.Join(", ", shape)}] takes {bytes} bytes but the header gives it "
                + $"{begin} to {end}");
        return new SafeTensorInfo(type, shape, data + begin, end - begin);
    }
}
