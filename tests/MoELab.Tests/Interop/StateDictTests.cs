using System.IO.Compression;
using MoELab.Interop.Files;
using MoELab.Interop.Files.Pickle;
using TorchSharp.PyBridge;

namespace MoELab.Tests.Interop;

/// <summary>PyTorch's state dicts without PyTorch: round trips, damage, pickles that ask for more, and TorchSharp.PyBridge's files.</summary>
public sealed class StateDictTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("statedict").FullName;

    private string At(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<torch.ScalarType> Types => SafeTensorsTests.Types;

    [Theory, MemberData(nameof(Types))]
    public void What_was_written_reads_back(torch.ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var values = (torch.arange(24, dtype: torch.ScalarType.Float32).reshape(2, 3, 4) - 3).clamp_min(type == torch.ScalarType.Byte ? 0 : -3).to(type);
        StateDict.Write(At("a.pt"), new Dictionary<string, Tensor> { ["x"] = values.transpose(0, 2), ["empty"] = torch.empty(0, 3, dtype: type), ["scalar"] = values[1, 2, 3] });
        Assert.Equal([At("a.pt")], Directory.GetFiles(_folder));
        using var file = StateDict.Open(At("a.pt"));
        Assert.Equal(["empty", "scalar", "x"], file.Tensors.Keys);
        Assert.Equal(values.transpose(0, 2).contiguous().bytes.ToArray(), file.Read("x").bytes.ToArray());
        Assert.Equal(type, file.Read("x").dtype);
        Assert.Equal([4, 3, 2], file.Read("x").shape);
        Assert.Equal([0, 3], file.Read("empty").shape);
        Assert.True(file.Read("scalar").Equals(values[1, 2, 3]));
        Assert.Contains("did you mean 'scalar'", Assert.Throws<InputException>(() => file.Read("scalr")).Message);
    }

    [Fact]
    public void The_same_weights_are_the_same_bytes()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var name in (string[])["a.pt", "b.pt"])
            StateDict.Write(At(name), new Dictionary<string, Tensor> { ["y"] = torch.ones(3), ["x"] = torch.arange(5) });
        Assert.Equal(File.ReadAllBytes(At("a.pt")), File.ReadAllBytes(At("b.pt")));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        using var scope = torch.NewDisposeScope();
        StateDict.Write(At("a.pt"), new Dictionary<string, Tensor> { ["x"] = torch.ones(3) });
        var before = File.ReadAllBytes(At("a.pt"));
        Directory.CreateDirectory(At("b.pt"));
        Assert.ThrowsAny<Exception>(() => StateDict.Write(At("b.pt"), new Dictionary<string, Tensor> { ["w"] = torch.ones(1000) }));
        // The weights are read while they are written: one that fails then leaves nothing behind either.
        var meta = torch.empty(3, device: torch.META);
        Assert.ThrowsAny<Exception>(() => StateDict.Write(At("a.pt"), new Dictionary<string, Tensor> { ["w"] = torch.ones(1000), ["x"] = meta }));
        Assert.Contains("ComplexFloat32", Assert.Throws<InputException>(() => StateDict.Write(At("a.pt"), new Dictionary<string, Tensor> { ["c"] = torch.zeros(2, dtype: torch.ScalarType.ComplexFloat32) })).Message);
        Assert.Equal(before, File.ReadAllBytes(At("a.pt")));
        Assert.Equal([At("a.pt")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        StateDict.Write(At("whole.pt"), new Dictionary<string, Tensor> { ["x"] = torch.ones(3, 5), ["y"] = torch.ones(2) });
        var bytes = File.ReadAllBytes(At("whole.pt"));
        for (var kept = 0; kept < bytes.Length; kept++)
        {
            File.WriteAllBytes(At("cut.pt"), bytes[..kept]);
            var sentence = Assert.Throws<InputException>(() => Open(At("cut.pt"))).Message;
            Assert.StartsWith($"{At("cut.pt")}: ", sentence, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', sentence);
        }
    }

    [Fact]
    public void A_changed_bit_of_a_weight_is_found()
    {
        using var scope = torch.NewDisposeScope();
        StateDict.Write(At("a.pt"), new Dictionary<string, Tensor> { ["x"] = torch.full(16, 7777, dtype: torch.ScalarType.Int64) });
        var bytes = File.ReadAllBytes(At("a.pt"));
        bytes[bytes.AsSpan().IndexOf("\x61\x1e\0\0"u8)] ^= 1;
        File.WriteAllBytes(At("a.pt"), bytes);
        Assert.Equal($"{At("a.pt")}: the checksum of the data of tensor 'x' is wrong; the file is damaged", Assert.Throws<InputException>(() => Open(At("a.pt"))).Message);
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\u0004\0\0\0truetR.", "names 'os.system'")]
    [InlineData("cbuiltins\nexec\n(X\u0004\0\0\0passtR.", "names 'builtins.exec'")]
    [InlineData("}(X\u0001\0\0\0xcposix\nsystem\nu.", "names 'posix.system'")]
    [InlineData("X\u0002\0\0\0osX\u0006\0\0\0system\u0093.", "names 'os.system'")]
    [InlineData("(ios\nsystem\n.", "is the instruction 0x69")]
    [InlineData("(cos\nsystem\no.", "names 'os.system'")]
    [InlineData("\u0082\u0001.", "is the instruction 0x82")]
    [InlineData("}X\u00ff\u00ff\u00ff\u007fx.", "is damaged near byte")]
    [InlineData("}h\u0007.", "is damaged near byte")]
    [InlineData("}b.", "is damaged near byte")]
    [InlineData("(u.", "is damaged near byte")]
    [InlineData("}", "is damaged near byte")]
    [InlineData("}(X\u0001\0\0\0xK\u0001u.", "entry 'x' is a number; expected a tensor")]
    [InlineData("}(X\u0001\0\0\0xctorch._utils\n_rebuild_tensor_v2\n)Ru.", "entry 'x' is not described as PyTorch describes a tensor")]
    [InlineData("K\u0001.", "something else than a dictionary")]
    public void A_pickle_that_is_no_state_dict_is_refused_and_nothing_runs(string pickle, string expected)
    {
        WriteZip(("a/data.pkl", Encoding.Latin1.GetBytes("\u0080\u0002" + pickle)), ("a/version", "3\n"u8.ToArray()));
        Assert.Contains(expected, Assert.Throws<InputException>(() => Open(At("made.pt"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 4, 0, 12, "needs 9 elements of a storage of 5")]
    [InlineData(2, 1, 4, 20, "needs 6 elements of a storage of 5")]
    [InlineData(5, 1, 0, 16, "has 16 bytes; expected 20")]
    [InlineData(5, 1, 0, -1, "is missing from the archive")]
    [InlineData(6, 0, 0, 20, "repeats 5 stored elements to 6")]
    [InlineData(long.MaxValue, 4, 0, 20, "is larger than any file")]
    [InlineData(-1, 1, 0, 20, "not described as PyTorch describes a tensor")]
    public void A_tensor_that_its_storage_does_not_hold_is_named(long size, long stride, long offset, int bytes, string expected)
    {
        var pickle = new PickleDictionary();
        object?[] id = ["storage", new PickleGlobal("torch", "FloatStorage"), "0", "cpu", 5L];
        pickle.Entries.Add(new("x", new PickleCall(new("torch._utils", "_rebuild_tensor_v2"),
            [new PicklePersistent(id), offset, new object?[] { size }, new object?[] { stride }, false, new PickleDictionary()])));
        (string, byte[])[] files = [("a/data.pkl", PickleWriter.Write(pickle)), .. bytes < 0 ? [] : new[] { ("a/data/0", new byte[bytes]) }];
        WriteZip(files);
        Assert.Contains(expected, Assert.Throws<InputException>(() => Open(At("made.pt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_that_are_no_state_dict_are_named()
    {
        WriteZip(("a/data.pkl", PickleWriter.Write(new PickleDictionary())), ("a/byteorder", "big"u8.ToArray()));
        Assert.Contains("the byte order is 'big'", Assert.Throws<InputException>(() => Open(At("made.pt"))).Message);
        WriteZip(("word/document.xml", "<a/>"u8.ToArray()));
        Assert.Contains("without PyTorch's data.pkl", Assert.Throws<InputException>(() => Open(At("made.pt"))).Message);
        File.WriteAllText(At("made.pt"), "version https://git-lfs");
        Assert.Contains("not a zip archive", Assert.Throws<InputException>(() => Open(At("made.pt"))).Message);
        Assert.Contains("cannot be opened", Assert.Throws<InputException>(() => Open(At("nowhere.pt"))).Message);
        WriteZip(("a/data.pkl", PickleWriter.Write(new PickleDictionary())));
        using var empty = StateDict.Open(At("made.pt"));
        Assert.Empty(empty.Tensors);
    }

    [Fact]
    public void TorchSharp_PyBridge_reads_what_we_write_and_we_read_what_it_writes()
    {
        using var scope = torch.NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["w"] = torch.randn(7, 3), ["b"] = torch.arange(5).to(torch.ScalarType.BFloat16), ["s"] = torch.tensor(2.5) };
        StateDict.Write(At("ours.pt"), tensors);
        var theirs = PyTorchUnpickler.UnpickleStateDict(At("ours.pt"));
        Assert.Equal(tensors.Keys.Order(), theirs.Keys.Cast<string>().Order());
        Assert.All(tensors, t => Assert.True(t.Value.Equals((Tensor)theirs[t.Key]!), t.Key));
        PyTorchPickler.PickleStateDict(File.Create(At("theirs.pt")), tensors);
        using var file = StateDict.Open(At("theirs.pt"));
        Assert.Equal(tensors.Keys.Order(), file.Tensors.Keys);
        Assert.All(tensors, t => Assert.True(t.Value.Equals(file.Read(t.Key)), t.Key));
    }

    private void WriteZip(params (string Name, byte[] Data)[] files)
    {
        using var zip = new ZipArchive(File.Create(At("made.pt")), ZipArchiveMode.Create);
        foreach (var (name, data) in files)
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
            stream.Write(data);
        }
    }

    private static void Open(string path)
    {
        using var file = StateDict.Open(path);
        foreach (var name in file.Tensors.Keys)
            file.Read(name).Dispose();
    }
}
