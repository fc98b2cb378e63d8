using MoELab.Interop.Files.Pickle;

namespace MoELab.Interop.Files;

/// <summary>
/// Reads and writes a PyTorch state dict as <c>torch.save</c> writes it since PyTorch 1.6: a zip archive with a pickle that describes the
/// tensors, and a file per storage. The pickle is read as data: nothing that it names is looked up or run.
/// </summary>
public sealed class StateDict : IWeightFile
{
    /// <summary>Maximum size of the pickle in bytes.</summary>
    internal const long MaxPickleBytes = 64 << 20;

    private readonly StorageArchive _archive;
    private readonly string _path;
    private readonly SortedDictionary<string, StoredTensor> _stored;

    private StateDict(StorageArchive archive, string path, SortedDictionary<string, StoredTensor> stored)
    {
        (_archive, _path, _stored) = (archive, path, stored);
        Tensors = new SortedDictionary<string, WeightInfo>(
            stored.ToDictionary(t => t.Key, t => new WeightInfo(t.Value.Type.Type, t.Value.Shape)), StringComparer.Ordinal);
    }

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, WeightInfo> Tensors { get; }

    IEnumerable<string> IWeightFile.Names => Tensors.Keys;

    /// <summary>Opens a file and checks that it has what it describes.</summary>
    /// <exception cref="InputException">
    /// No such file, a truncated or damaged one, something else than a dictionary of tensors, or a class or function that a state dict does not need.
    /// </exception>
    public static StateDict Open(string path)
    {
        var archive = StorageArchive.Open(path);
        try
        {
            var stored = new SortedDictionary<string, StoredTensor>(StringComparer.Ordinal);
            if (PickleReader.Read(archive.ReadPickle(MaxPickleBytes), path, StoredTensor.Expects) is not PickleDictionary dictionary)
                throw new InputException($"{path}: the file holds something else than a dictionary; "
                    + "expected a file of torch.save(model.state_dict(), ...)");
            foreach (var (key, value) in dictionary.Entries)
            {
                if (key is not string name)
                    throw new InputException($"{path}: a key of the dictionary is not text; expected the names of tensors");
                var tensor = StoredTensor.Of(path, name, value);
                archive.Check(name, tensor);
                if (!stored.TryAdd(name, tensor))
                    throw new InputException($"{path}: tensor '{PickleReader.Shown(name)}' occurs twice; the file is damaged");
            }
            return new StateDict(archive, path, stored);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes a file for <c>torch.load</c>, also with <c>weights_only=True</c> and <c>mmap=True</c>: under another name, flushed to the disk,
    /// then renamed.
    /// </summary>
    /// <param name="path">Where; an existing file is replaced.</param>
    /// <param name="tensors">Names and tensors, on any device; each gets a storage of its own.</param>
    /// <exception cref="InputException">A tensor's type cannot be stored, or two tensors have one name.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var all = tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var described = new PickleDictionary();
        foreach (var (i, (name, tensor)) in all.Index())
        {
            if (i > 0 && all[i - 1].Key == name)
                throw new InputException($"{path}: two tensors are named '{name}'");
            var type = StorageType.Of(tensor.dtype)
                ?? throw new InputException($"{path}: tensor '{name}' is {tensor.dtype}, which a state dict here cannot store");
            described.Entries.Add(new(name, StoredTensor.Describe(type, tensor.shape, $"{i}")));
        }
        StorageArchive.Write(path, PickleWriter.Write(described), all.Select(t => t.Value));
    }

    /// <summary>Reads a tensor to the CPU, in its own type; its values are checked against the archive's checksum.</summary>
    /// <exception cref="InputException">No such tensor, or it is damaged.</exception>
    public Tensor Read(string name)
    {
        if (!_stored.TryGetValue(name, out var stored))
            throw new InputException($"{_path}: no tensor '{name}'{Names.Hint(name, [.. Tensors.Keys.Take(2000)])}");
        using var free = torch.no_grad();
        if (stored.Elements == 0)
            return torch.empty(stored.Shape, dtype: stored.Type.Type);
        using var flat = torch.empty(stored.Span, dtype: stored.Type.Type);
        _archive.Read(name, stored, flat);
        if (stored.IsContiguous)
            return flat.reshape(stored.Shape);
        using var view = flat.as_strided(stored.Shape, stored.Strides);
        return view.contiguous();
    }

    WeightInfo? IWeightFile.Find(string name) => Tensors.GetValueOrDefault(name);

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();
}
