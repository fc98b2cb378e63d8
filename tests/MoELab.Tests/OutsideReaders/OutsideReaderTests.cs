using System.Security.Cryptography;
using MoELab.Interop.Files;
using MoELab.Model;
using MoELab.Runs.Export;
using MoELab.Tests.Model;
using MoELab.Tests.Routing;
using MoELab.Tests.Views;

namespace MoELab.Tests.OutsideReaders;

/// <summary>
/// Files that MoELab writes for others, read by others: weights by safetensors' own implementation, TensorBoard events by protocol buffers and a
/// CRC-32C of other hands, <c>config.json</c> by Python's JSON reader and against the keys of the released configurations.
/// </summary>
public sealed class OutsideReaderTests(FileReaders readers) : IClassFixture<FileReaders>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("outside").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(long.MaxValue), InlineData(3_000)]
    public void Weights_are_what_safetensors_itself_reads(long shard)
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        AfmoeCheckpoint.Save(model, torch.tensor(RouterKit.Random(3, 6, "bias")), new PluginChoice("sigmoid-top-k"), _folder, maxShardBytes: shard);
        using var own = WeightFolder.Open(_folder);
        var files = Directory.GetFiles(_folder, "*.safetensors");
        Assert.Equal(shard < long.MaxValue, files.Length > 1);
        var found = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var read = Read("safetensors", file).AsObject();
            // Transformers refuses weights that do not say so.
            Assert.Equal("pt", (string?)read["metadata"]!["format"]);
            foreach (var (name, tensor) in read["tensors"]!.AsObject())
                found.Add(name, tensor!);
        }
        Assert.Equal(own.TensorNames.Order(StringComparer.Ordinal), found.Keys);
        foreach (var (name, tensor) in found)
        {
            var expected = own.ReadFloat32(name, [.. own.Find(name)!.Shape]);
            Assert.Equal("F32", (string?)tensor["dtype"]);
            Assert.Equal(expected.shape, tensor["shape"]!.AsArray().Select(n => (long)n!));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected.bytes)), (string?)tensor["sha256"]);
        }
        if (shard == long.MaxValue)
            return;
        var index = Read("config", Path.Combine(_folder, "model.safetensors.index.json"));
        Assert.Equal(found.Keys, index["weight_map"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.Equal(found.Sum(t => 4 * t.Value["shape"]!.AsArray().Aggregate(1L, (n, s) => n * (long)s!)), (long)index["metadata"]!["total_size"]!);
    }

    [Theory, InlineData("F32"), InlineData("F64"), InlineData("F16"), InlineData("BF16"), InlineData("I64"), InlineData("I32"), InlineData("I16"), InlineData("I8"), InlineData("U8"), InlineData("BOOL")]
    public void Every_type_that_is_written_is_read(string word)
    {
        using var scope = torch.NewDisposeScope();
        var type = word switch
        {
            "F32" => torch.ScalarType.Float32,
            "F64" => torch.ScalarType.Float64,
            "F16" => torch.ScalarType.Float16,
            "BF16" => torch.ScalarType.BFloat16,
            "I64" => torch.ScalarType.Int64,
            "I32" => torch.ScalarType.Int32,
            "I16" => torch.ScalarType.Int16,
            "I8" => torch.ScalarType.Int8,
            "U8" => torch.ScalarType.Byte,
            _ => torch.ScalarType.Bool,
        };
        var path = Path.Combine(_folder, "types.safetensors");
        // One of an odd length, one of no element and a scalar beside it; names that JSON escapes.
        SafeTensors.Write(path, [new("odd \"é\"", torch.arange(7).to(type)), new("empty", torch.zeros([0, 3], dtype: type)), new("scalar", torch.ones([], dtype: type))]);
        var tensors = Read("safetensors", path)["tensors"]!.AsObject();
        Assert.Equal(["empty", "odd \"é\"", "scalar"], tensors.Select(t => t.Key).Order(StringComparer.Ordinal));
        Assert.All(tensors, t => Assert.Equal(word, (string?)t.Value!["dtype"]));
        Assert.Equal([0L, 3], tensors["empty"]!["shape"]!.AsArray().Select(n => (long)n!));
        Assert.Empty(tensors["scalar"]!["shape"]!.AsArray());
    }

    [Fact]
    public void TensorBoard_events_are_what_protocol_buffers_read()
    {
        var run = SyntheticRun.Create("board", steps: 12);
        var events = Read("events", RunExport.ToTensorBoard(run, Path.Combine(_folder, "board"))).AsArray();
        Assert.Equal("brain.Event:2", (string?)events[0]!["version"]);
        var scalars = events.Skip(1).Select(e => (Step: (int)e!["step"]!, Value: Assert.Single(e["values"]!.AsObject()))).ToArray();
        Assert.Equal(run.Metrics.Names.Sum(n => run.Metrics[n].Values.Count(double.IsFinite)), scalars.Length);
        Assert.All(scalars, s => Assert.Equal((float)run.Metrics[s.Value.Key].At(s.Step), (float)(double)s.Value.Value!));
        Assert.All(events, e => Assert.True((double)e!["time"]! > 1e9, e.ToJsonString()));
    }

    [Theory]
    [InlineData("sigmoid-top-k")]
    [InlineData("softmax-top-k")]
    [InlineData("group-limited")]
    public void A_configuration_has_every_key_of_the_released_ones_in_its_kind(string router)
    {
        new AfmoeConfig(new ModelRecipe(), 200192, new PluginChoice(router)).Write(_folder);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "config.json")))!.AsObject();
        var fields = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "afmoe-configs", "fields.json")))!.AsObject();
        Assert.Equal(fields.Select(f => f.Key).Order(StringComparer.Ordinal), config.Select(f => f.Key).Where(k => k != "moelab").Order(StringComparer.Ordinal));
        Assert.All(fields, f => Assert.Contains((string)f.Value!, Kinds(config[f.Key])));
        Assert.Equal(((int)config["num_hidden_layers"]!, true), (config["layer_types"]!.AsArray().Count, config["layer_types"]!.AsArray().All(t => (string)t! is "sliding_attention" or "full_attention")));
        Assert.True(JsonNode.DeepEquals(config, Read("config", Path.Combine(_folder, "config.json"))));
    }

    private static string[] Kinds(JsonNode? value) => value switch
    {
        null => ["null"],
        JsonArray => ["array"],
        JsonObject => ["object"],
        JsonValue v when v.TryGetValue<bool>(out _) => ["flag"],
        JsonValue v when v.TryGetValue<string>(out _) => ["string"],
        JsonValue v when v.TryGetValue<long>(out _) => ["whole", "number"],
        _ => ["number"],
    };

    private JsonNode Read(string what, string path) => readers.Read(what, path);
}
