using System.Buffers.Binary;
using System.IO.Compression;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip;
using MoELab.Interop.Files.Pickle;
using MoELab.Interop.Torch;

namespace MoELab.Interop.Files;

/// <summary>
/// The zip archive of a PyTorch file: <c>NAME/data.pkl</c>, <c>NAME/data/STORAGE</c> and, since PyTorch 2.1, <c>NAME/byteorder</c>.
/// </summary>
internal sealed class StorageArchive : IDisposable
{
    // Deflate packs at most 1,032 bytes into one.
    private const int Chunk = 1 << 20, Alignment = 64, MaxRatio = 1032;
    private const string Root = "model";
    private static readonly DateTime Zero = new(1980, 1, 1, 0, 0, 0, DateTimeKind.Local);

    private readonly ZipArchive _zip;
    private readonly string _path, _root;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    private StorageArchive(ZipArchive zip, string path)
    {
        (_zip, _path) = (zip, path);
        foreach (var entry in zip.Entries)
            if (!_entries.TryAdd(entry.FullName, entry))
                throw new InputException($"{path}: the archive has two files '{entry.FullName}'; the file is damaged");
        var pickles = _entries.Keys.Where(n => n.Split('/') is [_, "data.pkl"]).ToArray();
        if (pickles.Length != 1)
            throw new InputException($"{path}: a zip archive without PyTorch's data.pkl; expected a file of torch.save(model.state_dict(), ...)");
        _root = pickles[0].Split('/')[0];
    }

    /// <summary>Opens an archive.</summary>
    /// <exception cref="InputException">No such file, or not an archive of PyTorch in little-endian order.</exception>
    public static StorageArchive Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be opened ({e.Message}); expected a PyTorch state dict", e);
        }
        try
        {
            Span<byte> start = stackalloc byte[4];
            var count = file.ReadAtLeast(start, 4, throwOnEndOfStream: false);
            if (count == 4 && start is [0x80, _, 0x8a, 0x0a])
                throw new InputException($"{path}: this is PyTorch's format from before 1.6; load it in Python and save it again with torch.save");
            if (count < 4 || start is not [(byte)'P', (byte)'K', 3, 4])
                throw new InputException($"{path}: not a zip archive; expected a file of torch.save(model.state_dict(), ...)");
            file.Position = 0;
            var archive = Guarded(path, () => new StorageArchive(new ZipArchive(file, ZipArchiveMode.Read), path));
            archive.RequireLittleEndian();
            return archive;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes an archive whose files are stored uncompressed and aligned, because <c>torch.load(mmap=True)</c> uses them in place.</summary>
    public static void Write(string path, byte[] pickle, IEnumerable<Tensor> storages)
    {
        var beside = path + ".tmp";
        try
        {
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.ReadWrite, FileShare.None, Chunk))
            {
                // Not disposed: after a failed write that would fail in another way and hide the reason.
                var zip = new ZipOutputStream(file) { IsStreamOwner = false, UseZip64 = UseZip64.Dynamic };
                WriteFile(zip, file, "data.pkl", pickle.Length, () => zip.Write(pickle));
                WriteFile(zip, file, "byteorder", 6, () => zip.Write("little"u8));
                foreach (var (i, tensor) in storages.Index())
                    WriteFile(zip, file, $"data/{i}", tensor.numel() * tensor.element_size(), () => WriteStorage(zip, tensor));
                WriteFile(zip, file, "version", 2, () => zip.Write("3\n"u8));
                zip.Finish();
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>The pickle that describes the tensors.</summary>
    public byte[] ReadPickle(long most)
    {
        var entry = _entries[$"{_root}/data.pkl"];
        if (entry.Length > most)
            throw new InputException($"{_path}: the description of the tensors has {entry.Length} bytes; expected at most {most}");
        return Guarded(_path, () =>
        {
            var bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            var crc = new Crc32();
            crc.Update(bytes);
            RequireCrc(entry, crc, "the description of the tensors");
            return bytes;
        });
    }

    /// <summary>Requires the storage of a tensor in the size that the tensor states.</summary>
    public void Check(string name, StoredTensor tensor)
    {
        if (!_entries.TryGetValue(StorageName(tensor), out var entry))
            throw new InputException($"{_path}: the data of tensor '{name}' is missing from the archive; the file is damaged");
        if (entry.Length != tensor.StorageElements * tensor.Type.Size)
            throw new InputException($"{_path}: the data of tensor '{name}' has {entry.Length} bytes; "
                + $"expected {tensor.StorageElements * tensor.Type.Size}; the file is damaged");
        if (entry.Length / MaxRatio > entry.CompressedLength)
            throw new InputException($"{_path}: the data of tensor '{name}' claims {entry.Length} bytes packed in {entry.CompressedLength}; "
                + "the file is damaged");
    }

    /// <summary>Reads the part of a storage that a tensor uses into a flat tensor. The first reading of a storage checks all of it.</summary>
    public void Read(string name, StoredTensor tensor, Tensor flat) => Guarded(_path, () =>
    {
        var entry = _entries[StorageName(tensor)];
        var (from, to) = (tensor.Offset * tensor.Type.Size, (tensor.Offset + tensor.Span) * tensor.Type.Size);
        using var stream = entry.Open();
        var (crc, buffer, whole) = (new Crc32(), new byte[Chunk], _checked.Add(entry.FullName));
        var end = whole ? entry.Length : to;
        for (var at = 0L; at < end;)
        {
            var count = (int)Math.Min(Chunk, end - at);
            stream.ReadExactly(buffer, 0, count);
            if (whole)
                crc.Update(new ArraySegment<byte>(buffer, 0, count));
            var (first, last) = (Math.Max(from, at), Math.Min(to, at + count));
            if (first < last)
                buffer.AsSpan((int)(first - at), (int)(last - first)).CopyTo(NativeTensor.Bytes(flat, first - from, (int)(last - first)));
            at += count;
        }
        if (whole)
            RequireCrc(entry, crc, $"the data of tensor '{name}'");
        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => _zip.Dispose();

    private string StorageName(StoredTensor tensor) => $"{_root}/data/{tensor.Storage}";

    private void RequireLittleEndian()
    {
        if (!_entries.TryGetValue($"{_root}/byteorder", out var entry))
            return;
        var order = Guarded(_path, () =>
        {
            var text = new byte[Math.Min(entry.Length, 16)];
            using var stream = entry.Open();
            stream.ReadExactly(text);
            return Encoding.Latin1.GetString(text);
        });
        if (order != "little")
            throw new InputException($"{_path}: the byte order is '{PickleReader.Shown(order)}'; expected 'little'");
    }

    // torch.serialization.set_crc32_options(False) leaves the checksum at 0.
    private void RequireCrc(ZipArchiveEntry entry, Crc32 crc, string what)
    {
        if (entry.Crc32 != 0 && entry.Crc32 != crc.Value)
            throw new InputException($"{_path}: the checksum of {what} is wrong; the file is damaged");
    }

    private static void WriteFile(ZipOutputStream zip, FileStream file, string name, long length, Action write)
    {
        var entry = new ZipEntry($"{Root}/{name}") { CompressionMethod = CompressionMethod.Stored, Size = length, DateTime = Zero };
        // The header has 30 bytes, the name, 20 more of sizes beyond 4 GB, and this field, whose own head has 4.
        var header = file.Position + 30 + entry.Name.Length + (length >= uint.MaxValue ? 20 : 0) + 4;
        var padding = new byte[4 + (Alignment - header % Alignment) % Alignment];
        ("FB"u8).CopyTo(padding);
        BinaryPrimitives.WriteUInt16LittleEndian(padding.AsSpan(2), (ushort)(padding.Length - 4));
        entry.ExtraData = padding;
        zip.PutNextEntry(entry);
        write();
        zip.CloseEntry();
    }

    private static void WriteStorage(ZipOutputStream zip, Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        var flat = tensor.detach().cpu().contiguous();
        var bytes = flat.numel() * flat.element_size();
        for (var done = 0L; done < bytes; done += Chunk)
            zip.Write(NativeTensor.Bytes(flat, done, (int)Math.Min(Chunk, bytes - done)));
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException or NotSupportedException or ArgumentException)
        {
            throw new InputException($"{path}: the archive is truncated or damaged ({e.Message.Split('\n')[0].TrimEnd('.', '\r')})", e);
        }
    }
}
