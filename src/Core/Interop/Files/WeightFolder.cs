using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Interop.Files;

/// <summary>
/// The tensors of a model folder: one <c>model.safetensors</c>, or shards named by <c>model.safetensors.index.json</c>; without them, PyTorch
/// state dicts: <c>model.pt</c>, shards named by <c>pytorch_model.bin.index.json</c>, or <c>pytorch_model.bin</c>.
/// </summary>
public sealed class WeightFolder : IDisposable
{
    private const string SingleFile = "model.safetensors", IndexFile = "model.safetensors.index.json", StateDictFile = "model.pt";

    // transformers names a state dict pytorch_model.bin. The first that is there is read.
    private static readonly (string Name, bool IsIndex, Func<string, IWeightFile> Open)[] Layouts =
    [
        (IndexFile, true, SafeTensors.Open), (SingleFile, false, SafeTensors.Open),
        (StateDictFile, false, StateDict.Open), ("pytorch_model.bin.index.json", true, StateDict.Open), ("pytorch_model.bin", false, StateDict.Open),
    ];

    private readonly SortedDictionary<string, IWeightFile> _files = new(StringComparer.Ordinal), _owner = new(StringComparer.Ordinal);
    private readonly string _folder;

    private WeightFolder(string folder) => _folder = folder;

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> TensorNames => _owner.Keys;

    /// <summary>Opens every file of a model folder.</summary>
    /// <exception cref="InputException">None of the layouts is there, or index and files disagree.</exception>
    public static WeightFolder Open(string folder)
    {
        var opened = new WeightFolder(folder);
        try
        {
            var (name, isIndex, open) = Layouts.FirstOrDefault(l => File.Exists(Path.Combine(folder, l.Name)));
            if (name is null)
                throw new InputException($"{folder}: no weights; expected one of {string.Join(", ", Layouts.Select(l => l.Name))}");
            if (isIndex)
                opened.AddShards(Path.Combine(folder, name), open);
            else
                opened.AddFile(open(Path.Combine(folder, name)), name);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes one file, or safetensors shards with an index when the tensors take more than a shard may. A tensor that is larger gets a shard of
    /// its own. Weights that an earlier export wrote in the folder are removed.
    /// </summary>
    public static void Write(string folder, IReadOnlyList<KeyValuePair<string, Tensor>> tensors, long maxShardBytes = long.MaxValue,
        WeightFormat format = WeightFormat.SafeTensors)
    {
        // A reader must never find files of two exports side by side.
        var old = Directory.EnumerateFiles(folder, "model*.safetensors").Append(Path.Combine(folder, IndexFile));
        if (format == WeightFormat.Pt)
        {
            StateDict.Write(Path.Combine(folder, StateDictFile), tensors);
            foreach (var file in old)
                File.Delete(file);
            return;
        }
        foreach (var file in old.Append(Path.Combine(folder, StateDictFile)))
            File.Delete(file);
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
    public WeightInfo? Find(string name) => _owner.TryGetValue(name, out var file) ? file.Find(name) : null;

    /// <summary>Reads a tensor as float32 and checks its shape.</summary>
    /// <exception cref="InputException">No such tensor, another shape, or values that are no floating-point numbers.</exception>
    public Tensor ReadFloat32(string name, params long[] shape)
    {
        if (Find(name) is not { } info)
            throw new InputException($"{_folder}: tensor '{name}' is missing");
        if (!info.Shape.SequenceEqual(shape))
            throw new InputException($"{_folder}: tensor '{name}' has shape [{string.Join(", ", info.Shape)}]; "
                + $"expected [{string.Join(", ", shape)}]");
        if (info.Type is not (torch.ScalarType.Float32 or torch.ScalarType.BFloat16 or torch.ScalarType.Float16 or torch.ScalarType.Float64))
            throw new InputException($"{_folder}: tensor '{name}' has the type {info.Type}; expected Float32, BFloat16, Float16 or Float64");
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

    private void AddFile(IWeightFile file, string name)
    {
        _files.Add(name, file);
        foreach (var tensor in file.Names)
        {
            if (_owner.TryGetValue(tensor, out var other))
                throw new InputException($"{_folder}: tensor '{tensor}' is in both {_files.First(f => f.Value == other).Key} and {name}; "
                    + "expected it in one of them");
            _owner[tensor] = file;
        }
    }

    private void AddShards(string path, Func<string, IWeightFile> open)
    {
        var map = InputJson.Read(path, "a JSON object with 'weight_map'")["weight_map"];
        if (!map.Exists)
            throw map.Unfit("the file of each tensor");
        foreach (var (tensor, entry) in map.Entries())
        {
            var name = entry.Text();
            if (name.Length == 0 || Path.GetFileName(name) != name)
                throw new InputException($"{path}: '{tensor}' is listed in '{name}'; expected the name of a file in the same folder");
            if (!_files.ContainsKey(name))
                AddFile(File.Exists(Path.Combine(_folder, name)) ? open(Path.Combine(_folder, name))
                    : throw new InputException($"{path}: '{tensor}' is listed in {name}, but there is no such file in the folder"), name);
            if (_files[name].Find(tensor) is null)
                throw new InputException($"{path}: '{tensor}' is listed in {name}, which does not contain it");
        }
    }
}
