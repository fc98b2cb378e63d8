using System.Security.Cryptography;
using MoELab.Interop.Files;
using MoELab.Model;
using MoELab.Tests.Interop;
using MoELab.Tests.Model;
using MoELab.Tests.Routing;

namespace MoELab.Tests.OutsideReaders;

/// <summary>State dicts between MoELab and PyTorch itself: what one writes, the other reads bit by bit, or refuses in a sentence.</summary>
public sealed class PyTorchTests(PyTorchProcess pytorch) : IClassFixture<PyTorchProcess>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pytorch").FullName;

    private string At(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void PyTorch_loads_what_the_safetensors_of_the_same_model_hold()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var (bias, router) = (torch.tensor(RouterKit.Random(3, 6, "bias")), new PluginChoice("sigmoid-top-k"));
        AfmoeCheckpoint.Save(model, bias, router, At("safetensors"));
        AfmoeCheckpoint.Save(model, bias, router, At("pt"), format: WeightFormat.Pt);
        using var file = SafeTensors.Open(Path.Combine(At("safetensors"), "model.safetensors"));
        Equal(file.Tensors.Keys, file.Read, pytorch.Load(Path.Combine(At("pt"), "model.pt")));
        Assert.Equal(File.ReadAllText(Path.Combine(At("safetensors"), "config.json")), File.ReadAllText(Path.Combine(At("pt"), "config.json")));
    }

    [Fact]
    public void PyTorch_loads_every_type_and_shape()
    {
        using var scope = torch.NewDisposeScope();
        var numbers = torch.arange(60, dtype: torch.ScalarType.Float32);
        var tensors = new Dictionary<string, Tensor>
        {
            ["odd \"é\" \n😀"] = numbers.clone(),
            ["scalar"] = torch.tensor(1.5f),
            ["empty"] = torch.zeros(0, 3),
            ["part"] = numbers.narrow(0, 7, 9),
            ["transposed"] = numbers.reshape(6, 10).t(),
            ["expanded"] = torch.ones(1).expand(5),
            ["equal"] = numbers.clone(),
        };
        foreach (torch.ScalarType type in StateDictTests.Types.Select(r => r.Data))
            tensors[$"{type}"] = numbers.to(type);
        StateDict.Write(At("a.pt"), tensors);
        Equal(tensors.Keys, n => tensors[n].contiguous(), pytorch.Load(At("a.pt")));
    }

    [Theory]
    [InlineData("types"), InlineData("shapes"), InlineData("ordered"), InlineData("module"), InlineData("parameters"), InlineData("shared"), InlineData("transposed")]
    [InlineData("strided"), InlineData("many"), InlineData("names"), InlineData("protocol"), InlineData("unchecked")]
    public void What_PyTorch_saved_is_read_bit_by_bit(string which)
    {
        using var scope = torch.NewDisposeScope();
        var said = pytorch.Save(At("a.pt"), which)!;
        using var file = StateDict.Open(At("a.pt"));
        Equal(file.Tensors.Keys, file.Read, said);
        Assert.All(file.Tensors, t => Assert.Equal($"{file.Read(t.Key).dtype} [{string.Join(", ", file.Read(t.Key).shape)}]", $"{t.Value.Type} [{string.Join(", ", t.Value.Shape)}]"));
    }

    [Theory]
    [InlineData("expanded", "entry 'x' repeats 1 stored elements to 1000; save a copy")]
    [InlineData("negative", "entry 'x' is a conjugate or negative view")]
    [InlineData("complex", "entry 'x' is of the type ComplexFloatStorage; expected one of FloatStorage")]
    [InlineData("float8", "the file names 'torch._utils._rebuild_tensor_v3'")]
    [InlineData("sparse", "the file names 'torch._utils._rebuild_sparse_tensor'")]
    [InlineData("quantized", "the file names 'torch._utils._rebuild_qtensor'")]
    [InlineData("meta", "the file names 'torch._utils._rebuild_meta_tensor_no_storage'")]
    [InlineData("legacy", "this is PyTorch's format from before 1.6")]
    [InlineData("whole", "the file names 'torch.nn.modules.linear.Linear'")]
    [InlineData("nested", "entry 'model' is a dictionary; expected a tensor")]
    [InlineData("step", "entry 'step' is a number; expected a tensor")]
    [InlineData("list", "something else than a dictionary")]
    [InlineData("tensor", "something else than a dictionary")]
    [InlineData("integers", "a key of the dictionary is not text")]
    [InlineData("system", "the file names 'posix.system', which a state dict of tensors does not need, so nothing of it was read or run")]
    [InlineData("eval", "the file names '__builtin__.eval'")]
    public void What_is_no_state_dict_of_plain_tensors_is_refused_in_a_sentence(string which, string expected)
    {
        var path = At("a.pt");
        pytorch.Save(path, which);
        var sentence = Assert.Throws<InputException>(() => StateDict.Open(path).Dispose()).Message;
        Assert.StartsWith($"{path}: ", sentence, StringComparison.Ordinal);
        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Weights_that_PyTorch_changed_are_a_model_again(bool sharded)
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        AfmoeCheckpoint.Save(model, null, new PluginChoice("sigmoid-top-k"), _folder, format: WeightFormat.Pt);
        if (sharded)
            pytorch.Shard(At("model.pt"), _folder);
        else
            pytorch.ToBFloat16(At("model.pt"), At("pytorch_model.bin"));
        File.Delete(At("model.pt"));
        using var files = WeightFolder.Open(_folder);
        Assert.All(files.TensorNames, n => Assert.Equal(torch.ScalarType.BFloat16, files.Find(n)!.Type));
        using var again = AfmoeCheckpoint.Load(_folder, _ => (new SimpleRouter(), new SimpleKernel(), new SimpleDispatcher()), torch.CPU, torch.ScalarType.Float32);
        Assert.All(model.Parameters.Zip(again.Model.Parameters), p =>
            Assert.True(p.Second.Value.Equals(p.First.Value.to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32)), p.First.Name));
    }

    private static void Equal(IEnumerable<string> names, Func<string, Tensor> read, JsonObject said)
    {
        Assert.Equal(said.Select(t => t.Key).Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in said)
        {
            using var own = read(name);
            Assert.Equal(tensor!["shape"]!.AsArray().Select(n => (long)n!), own.shape);
            Assert.Equal((string)tensor["dtype"]!, own.dtype switch { torch.ScalarType.Byte => "torch.uint8", var t => $"torch.{t}".ToLowerInvariant() });
            Assert.Equal((string)tensor["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(own.bytes)));
        }
    }
}
