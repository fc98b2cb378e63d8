using MoELab.Interop.Files;

namespace MoELab.Tests.Interop.Files;

/// <summary>Weights in shards, of both formats: index and files must agree.</summary>
public sealed class WeightFolderTests : IDisposable
{
    private readonly string _folder = TestFolders.New("shards");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData("safetensors"), InlineData("bin")]
    public void Shards_are_read_where_the_index_names_them(string format)
    {
        using var scope = torch.NewDisposeScope();
        Shard(format, 1, "a", "b");
        Shard(format, 2, "c");
        Index(format, ("a", 1), ("b", 1), ("c", 2));
        using var weights = WeightFolder.Open(_folder);
        Assert.Equal(["a", "b", "c"], weights.TensorNames);
        foreach (var name in weights.TensorNames)
            Assert.Equal(Values(name), weights.ReadFloat32(name, 2).data<float>().ToArray());
        Assert.Null(weights.Find("d"));
    }

    [Theory, InlineData("safetensors"), InlineData("bin")]
    public void Where_index_and_shards_disagree_weight_and_files_are_named(string format)
    {
        using var scope = torch.NewDisposeScope();
        Shard(format, 1, "a", "b");
        Index(format, ("a", 1), ("c", 2));
        Assert.Equal($"{IndexOf(format)}: 'c' is listed in {NameOf(format, 2)}, but there is no such file in the folder", Refusal());
        Shard(format, 2, "d");
        Assert.Equal($"{IndexOf(format)}: 'c' is listed in {NameOf(format, 2)}, which does not contain it", Refusal());
        Shard(format, 2, "c", "b");
        Assert.Equal($"{_folder}: tensor 'b' is in both {NameOf(format, 1)} and {NameOf(format, 2)}; expected it in one of them", Refusal());
        Index(format, ("a", 1), ("a", 2));
        Assert.StartsWith($"{IndexOf(format)}: the key 'a' occurs twice, the second time at line 1; expected ", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(IndexOf(format), $"{{\"weight_map\":{{\"a\":\"../{NameOf(format, 1)}\"}}}}");
        Assert.EndsWith("; expected the name of a file in the same folder", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(IndexOf(format), "{}");
        Assert.Equal($"{IndexOf(format)}: weight_map is absent; expected the file of each tensor", Refusal());
        // A shard that was cut off, as an interrupted download leaves it.
        Shard(format, 1, "a");
        Index(format, ("a", 1));
        var shard = Path.Combine(_folder, NameOf(format, 1));
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^20]);
        Assert.StartsWith($"{shard}: ", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_layouts_the_first_is_read_and_of_none_all_are_named()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal($"{_folder}: no weights; expected one of model.safetensors.index.json, model.safetensors, model.pt, pytorch_model.bin.index.json, "
            + "pytorch_model.bin", Refusal());
        StateDict.Write(Path.Combine(_folder, "pytorch_model.bin"), Tensors("single"));
        Only("single");
        Shard("bin", 1, "sharded");
        Index("bin", ("sharded", 1));
        Only("sharded");
        StateDict.Write(Path.Combine(_folder, "model.pt"), Tensors("exported"));
        Only("exported");
        Shard("safetensors", 1, "safe");
        Index("safetensors", ("safe", 1));
        Only("safe");

        void Only(string name)
        {
            using var weights = WeightFolder.Open(_folder);
            Assert.Equal([name], weights.TensorNames);
        }
    }

    private string Refusal() => Assert.Throws<InputException>(() => WeightFolder.Open(_folder).Dispose()).Message;

    private static string NameOf(string format, int shard) => format == "bin" ? $"pytorch_model-0000{shard}-of-00002.bin" : $"model-0000{shard}-of-00002.safetensors";

    private string IndexOf(string format) => Path.Combine(_folder, format == "bin" ? "pytorch_model.bin.index.json" : "model.safetensors.index.json");

    private void Index(string format, params (string Tensor, int Shard)[] map) => File.WriteAllText(IndexOf(format),
        $"{{\"metadata\":{{\"total_size\":24}},\"weight_map\":{{{string.Join(',', map.Select(m => $"\"{m.Tensor}\":\"{NameOf(format, m.Shard)}\""))}}}}}");

    private void Shard(string format, int shard, params string[] names)
    {
        var path = Path.Combine(_folder, NameOf(format, shard));
        if (format == "bin")
            StateDict.Write(path, Tensors(names));
        else
            SafeTensors.Write(path, Tensors(names));
    }

    private static Dictionary<string, Tensor> Tensors(params string[] names) => names.ToDictionary(n => n, n => torch.tensor(Values(n)));

    private static float[] Values(string name) => [name[0], name.Length];
}
