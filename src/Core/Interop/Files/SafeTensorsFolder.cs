using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Interop.Files;

/// <summary>The tensors of a model folder: one <c>model.safetensors</c>, or shards named by <c>model.safetensors.index.json</c>.</summary>
public sealed class SafeTensorsFolder : IDisposable
{
    private const string SingleFile = "model.safetensors", IndexFile = "model.safetensors.index.json";

    private readonly SortedDictionary<string, SafeTensors> _files = new(StringComparer.Ordinal), _owner = new(StringComparer.Ordinal);
    private readonly string _folder;

    private SafeTensorsFolder(string folder) => _folder = folder;

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> TensorNames => _owner.Keys;

    /// <summary>Opens every file of a model folder.</summary>
    /// <exception cref="InputException">Neither layout is there, or index and files disagree.</exception>
    public static SafeTensorsFolder Open(string folder)
    {
        var opened = new SafeTensorsFolder(folder);
        try
        {
            if (File.Exists(Path.Combine(folder, IndexFile)))
                opened.AddShards();
            else if (File.Exists(Path.Combine(folder, SingleFile)))
                opened.AddFile(SingleFile);
            else
                throw new InputException($"{folder}: no weights; expected {SingleFile} or {IndexFile}");
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes one file, or shards with an index when the tensors take more than a shard may. A tensor that is larger gets a shard of its own.
    /// </summary>
    public static void Write(string folder, IReadOnlyList<KeyValuePair<string, Tensor>> tensors, long maxShardBytes = long.MaxValue)
    {
        var shards = new List<List<KeyValuePair<string, Tensor>>> { new() };
        var (filled, total) = (0L, 0L);
        foreach (var tensor in tensors)
        {
            var bytes = tensor.Value.numel() * tensor.Value.element_size();
            if (shards[^1].Count > 0 && filled + bytes > maxShardBytes)
            {
                shards.Add([]);
                filled = 0;
            }
            shards[^1].Add(tensor);
            filled += bytes;
            total += bytes;
        }
        // A reader must never find files of two exports side by side.
        foreach (var old in Directory.EnumerateFiles(folder, "model*.safetensors").Append(Path.Combine(folder, IndexFile)))
            File.Delete(old);
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        if (shards.Count == 1)
        {
            SafeTensors.Write(Path.Combine(folder, SingleFile), shards[0], metadata);
            return;
        }
        var map = new JsonObject();
        for (var i = 0; i < shards.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            SafeTensors.Write(Path.Combine(folder, name), shards[i], metadata);
            foreach (var (tensor, _) in shards[i])
                map[tensor] = name;
        }
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        File.WriteAllText(Path.Combine(folder, IndexFile), index.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    /// <summary>What the files say of a tensor; null when there is none.</summary>
    public SafeTensorInfo? Find(string name) => _owner.TryGetValue(name, out var file) ? file.Tensors[name] : null;

    /// <summary>Reads a tensor as float32 and checks its shape.</summary>
    /// <exception cref="InputException">No such tensor, or another shape.</exception>
    public Tensor ReadFloat32(string name, params long[] shape)
    {
        if (Find(name) is not { } info)
            throw new InputException($"{_folder}: tensor '{name}' is missing");
        if (!info.Shape.SequenceEqual(shape))
            throw new InputException($"{_folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; "
                + $"expected [{string.Join(", ", shape)}]");
        var tensor = _owner[name].Read(name);
        if (tensor.dtype == torch.ScalarType.Float32)
            return tensor;
        using (tensor)
            return tensor.to(torch.ScalarType.Float32);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private void AddFile(string name)
    {
        var file = SafeTensors.Open(Path.Combine(_folder, name));
        _files.Add(name, file);
        foreach (var tensor in file.Tensors.Keys)
            _owner[tensor] = file;
    }

    private void AddShards()
    {
        var path = Path.Combine(_folder, IndexFile);
        var map = InputJson.Read(path, "a JSON object with 'weight_map'")["weight_map"];
        if (!map.Exists)
            throw map.Unfit("the file of each tensor");
        foreach (var (tensor, entry) in map.Entries())
        {
            var name = entry.Text();
            if (name.Length == 0 || Path.GetFileName(name) != name)
                throw new InputException($"{path}: '{tensor}' is listed in '{name}'; expected the name of a file in the same folder");
            if (!_files.ContainsKey(name))
                AddFile(name);
            if (!_files[name].Tensors.ContainsKey(tensor))
                throw new InputException($"{path}: '{tensor}' is listed in {name}, which does not contain it");
        }
    }
}
