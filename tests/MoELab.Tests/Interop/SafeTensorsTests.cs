using System.Buffers.Binary;
using MoELab.Interop.Files;

namespace MoELab.Tests.Interop;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    private string At(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<torch.ScalarType> Types => [torch.ScalarType.Float32, torch.ScalarType.Float64, torch.ScalarType.Float16, torch.ScalarType.BFloat16,
        torch.ScalarType.Int64, torch.ScalarType.Int32, torch.ScalarType.Int16, torch.ScalarType.Int8, torch.ScalarType.Byte, torch.ScalarType.Bool];

    [Theory, MemberData(nameof(Types))]
    public void What_was_written_reads_back(torch.ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var values = (torch.arange(24, dtype: torch.ScalarType.Float32).reshape(2, 3, 4) - 3).clamp_min(type == torch.ScalarType.Byte ? 0 : -3).to(type);
        SafeTensors.Write(At("a"), new Dictionary<string, Tensor> { ["x"] = values.transpose(0, 2), ["empty"] = torch.empty(0, 3, dtype: type), ["scalar"] = values[1, 2, 3] }, new Dictionary<string, string> { ["format"] = "pt" });
        using var file = SafeTensors.Open(At("a"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["empty", "scalar", "x"], file.Tensors.Keys);
        Assert.Equal(type, file.Read("x").dtype);
        Assert.True(file.Read("x").Equals(values.transpose(0, 2)));
        Assert.Equal([0, 3], file.Read("empty").shape);
        Assert.True(file.Read("scalar").Equals(values[1, 2, 3]));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        SafeTensors.Write(At("whole"), new Dictionary<string, Tensor> { ["x"] = torch.ones(3, 5), ["y"] = torch.ones(2) });
        var bytes = File.ReadAllBytes(At("whole"));
        for (var kept = 0; kept < bytes.Length; kept++)
        {
            File.WriteAllBytes(At("cut"), bytes[..kept]);
            Assert.Contains("cut", Assert.Throws<InputException>(() => SafeTensors.Open(At("cut")).Dispose()).Message);
        }
    }

    [Theory]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "takes 8 bytes")]
    [InlineData("{\"x\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "type F4")]
    [InlineData("{\"x\":{\"shape\":[2]}}", 0, "x.dtype is absent; expected text")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data_offsets\":[0,4]}}", 4, "larger than any file")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "tensor 'y' overlaps 'x'")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}", 20, "4 bytes before tensor 'y' belong to no tensor")]
    [InlineData("[1,2]", 0, "the document is [1,2]; expected an object")]
    [InlineData("not json", 0, "not JSON at line 1")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 9, "damaged")]
    public void A_header_that_does_not_fit_is_named(string header, int data, string expected)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        File.WriteAllBytes(At("bad"), bytes);
        Assert.Contains(expected, Assert.Throws<InputException>(() => SafeTensors.Open(At("bad")).Dispose()).Message);
    }

    [Fact]
    public void A_missing_file_and_a_missing_tensor_are_named()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Contains("nowhere", Assert.Throws<InputException>(() => SafeTensors.Open(At("nowhere"))).Message);
        SafeTensors.Write(At("a"), new Dictionary<string, Tensor> { ["weight"] = torch.ones(1) });
        using var file = SafeTensors.Open(At("a"));
        Assert.Contains("did you mean 'weight'", Assert.Throws<InputException>(() => file.Read("weigth")).Message);
    }

    [Fact]
    public void Shards_hold_what_one_file_holds()
    {
        using var scope = torch.NewDisposeScope();
        var tensors = Enumerable.Range(0, 5).Select(i => KeyValuePair.Create($"t{i}", torch.full(10, i, dtype: torch.ScalarType.Float32))).ToList();
        WeightFolder.Write(_folder, tensors, 80);
        Assert.Equal(3, Directory.GetFiles(_folder, "model-*-of-00003.safetensors").Length);
        using (var sharded = WeightFolder.Open(_folder))
        {
            Assert.Equal(5, sharded.TensorNames.Count);
            Assert.Equal(4f, sharded.ReadFloat32("t4", 10)[9].item<float>());
        }
        WeightFolder.Write(_folder, tensors);
        Assert.Equal(["model.safetensors"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("{}", "weight_map")]
    [InlineData("{\"weight_map\":{\"t\":\"../x\"}}", "same folder")]
    [InlineData("{\"weight_map\":{\"t\":\"model.safetensors\"}}", "does not contain it")]
    [InlineData("{\"weight_map\":{\"t\":\"gone.safetensors\"}}", "gone.safetensors")]
    public void An_index_that_does_not_fit_is_named(string index, string expected)
    {
        using var scope = torch.NewDisposeScope();
        SafeTensors.Write(At("model.safetensors"), new Dictionary<string, Tensor> { ["x"] = torch.ones(1) });
        File.WriteAllText(At("model.safetensors.index.json"), index);
        Assert.Contains(expected, Assert.Throws<InputException>(() => WeightFolder.Open(_folder)).Message);
    }
}
