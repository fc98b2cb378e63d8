using System.IO.Compression;
using MoELab.Data.Sources;
using MoELab.Plugins;
using MoELab.Plugins.Parquet;

namespace MoELab.Tests.Data;

/// <summary>What each format's reader takes, skips and refuses.</summary>
public sealed class ReaderTests : IDisposable
{
    private readonly CacheFolder _folder = new();
    private readonly PluginCatalog _catalog = new();

    public ReaderTests()
    {
        _catalog.Register(typeof(PlainTextReader));
        _catalog.Register(typeof(JsonLinesReader));
        _catalog.Register(typeof(ParquetCorpusReader));
    }

    public void Dispose() => _folder.Dispose();

    private (string[] Texts, string Notes) Read(string pattern)
    {
        var source = new FileSource("own", pattern, _catalog);
        var texts = source.Read().Select(d => string.Concat(d.Pieces)).ToArray();
        return (texts, string.Join(' ', source.Notes));
    }

    private string Refused(string pattern) => Assert.Throws<InputException>(() => Read(pattern)).Message;

    private string Jsonl(params string[] lines) => _folder.Write("lines.jsonl", string.Join('\n', lines));

    private string Bytes(string name, byte[] bytes)
    {
        var path = _folder.Write(name, "");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Zstd(byte[] bytes) => new ZstdSharp.Compressor(3).Wrap(bytes).ToArray();

    [Theory]
    [InlineData("""{"text":"broken \ud83d here"}""", "broken \uFFFD here")]
    [InlineData("""{"text":"\udc00\ud83d\ude00\ud83d\n\"é\u00e9"}""", "\uFFFD😀\uFFFD\n\"éé")]
    [InlineData("""{"meta":"\ud83d","text":"a"}""", "a")]
    [InlineData("""{"\ud83d":1,"t\u0065xt":"a"}""", "a")]
    [InlineData("""{"meta":{"text":"no"},"list":[{"text":"no"}],"text":"a"}""", "a")]
    public void Jsonl_ValidLine_GivesItsText(string line, string text) => Assert.Equal([text], Read(Jsonl(line)).Texts);

    [Fact]
    public void Jsonl_DeepNestingElsewhere_IsRead()
    {
        var deep = $"{{\"meta\":{new string('[', 5000)}{new string(']', 5000)},\"text\":\"a\"}}";
        Assert.Equal(["a"], Read(Jsonl(deep)).Texts);
        Assert.Contains("lines.jsonl: line 2 is nested deeper than 10,000 levels", Refused(Jsonl("", $"{{\"meta\":{new string('[', 20_000)}")), StringComparison.Ordinal);
    }

    [Fact]
    public void Null_IsSkippedAndCountedInEveryFormat()
    {
        var (texts, notes) = Read(Jsonl("""{"text":null}""", """{"text":"b"}"""));
        Assert.Equal(["b"], texts);
        Assert.Equal("1 row whose text is null was skipped.", notes);
        Assert.Equal("2 rows whose text is null were skipped.", Read(Jsonl("""{"text":null}""", """{"text":null}""")).Notes);
    }

    [Theory]
    [InlineData("""{"text":"a","text":"b"}""", "line 1 has text twice; expected one")]
    [InlineData("""{"text":5}""", "line 1 has a number in its text field")]
    [InlineData("""{"text":["a"]}""", "line 1 has an array in its text field")]
    [InlineData("""{"body":"a"}""", "line 1 has no text")]
    [InlineData("""["text"]""", "line 1 has no text")]
    [InlineData("""{"text":"a"} x""", "line 1 is not JSON at byte 13")]
    [InlineData("""{"text":"a\q"}""", "line 1 is not JSON")]
    [InlineData("{", "line 1 is not JSON")]
    public void Jsonl_BadLine_IsOneSentence(string line, string part) => Assert.Contains($"lines.jsonl: {part}", Refused(Jsonl(line)), StringComparison.Ordinal);

    [Fact]
    public void Jsonl_EndlessLine_IsRefused()
    {
        var path = Bytes("lines.jsonl.gz", Gzip([.. "{\"text\":\""u8, .. Enumerable.Repeat((byte)'a', (1 << 26) + 1000)]));
        Assert.Contains("line 1 is longer than 67,108,864 bytes", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Field_IsNamedByItsPath()
    {
        var path = Jsonl("""{"meta":{"text":"a"},"text":"b"}""", """{"meta":{"text":null},"text":"c"}""");
        Assert.Equal(["a"], Read(path + "#meta.text").Texts);
        Assert.Equal(["b", "c"], Read(path + "#text").Texts);
        Assert.Contains("line 1 has no meta.body", Refused(path + "#meta.body"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zst")]
    public void Compressed_TextAndJsonl_AreRead(string extension)
    {
        Func<byte[], byte[]> pack = extension == "gz" ? Gzip : Zstd;
        Assert.Equal(["Ein Text."], Read(Bytes($"a.txt.{extension}", pack("Ein Text."u8.ToArray()))).Texts);
        string[] lines = [.. Enumerable.Range(0, 5000).Select(i => $"{{\"text\":\"row {i}\"}}")];
        var packed = pack(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var path = Bytes($"b.jsonl.{extension}", packed);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"row {i}"), Read(path).Texts);
        Assert.Contains("cannot be decompressed", Refused(Bytes($"b.jsonl.{extension}", packed[..(packed.Length / 2)])), StringComparison.Ordinal);
        Assert.Contains("cannot be decompressed", Refused(Bytes($"b.jsonl.{extension}", "no archive at all"u8.ToArray())), StringComparison.Ordinal);
        Assert.Contains("read from compressed files", Refused(Bytes($"c.parquet.{extension}", packed)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zst")]
    public void Compressed_Bomb_IsRefused(string extension)
    {
        var zeros = new byte[1 << 20];
        Array.Fill(zeros, (byte)' ');
        byte[] packed;
        using (var memory = new MemoryStream())
        {
            using (Stream stream = extension == "gz" ? new GZipStream(memory, CompressionLevel.Optimal) : new ZstdSharp.CompressionStream(memory, 3))
            {
                for (var i = 0; i < 300; i++)
                    stream.Write(zeros);
            }
            packed = memory.ToArray();
        }
        Assert.Contains("expected at most 500 times the file", Refused(Bytes($"bomb.txt.{extension}", packed)), StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_NamesWhatItLeavesOut()
    {
        _folder.Write("mix/a.txt", "text a");
        _folder.Write("mix/d.py", "text d");
        _folder.Write("mix/e.py", "text e");
        _folder.Write("mix/c.json", "{}");
        _folder.Write("mix/sub/none", "text n");
        Bytes("mix/b.jsonl.gz", Gzip("{\"text\":\"text b\"}"u8.ToArray()));
        var folder = Path.Combine(_folder.Root, "mix");
        foreach (var pattern in new[] { folder, folder + "/**/*", folder + "/**/*.*" })
        {
            var (texts, notes) = Read(pattern);
            Assert.Equal(["text a", "text b"], texts);
            Assert.StartsWith("4 files were left out, because no reader supports the extension: .py (2), .json (1), no extension (1); to read them as plain text, use a glob", notes, StringComparison.Ordinal);
        }
        var (named, none) = Read(folder + "/*.py");
        Assert.Equal(["text d", "text e"], named);
        Assert.Equal("", none);
        Assert.Equal(["text n"], Read(folder + "/**/none").Texts);
        Assert.Contains("contains no file that a reader supports; 1 file was left out", Refused(Path.Combine(folder, "sub")), StringComparison.Ordinal);
    }

    [Fact]
    public void Parquet_NestedColumn_IsNamedByItsFullPath()
    {
        var path = Repository.PathOf("tests/Golden/corpora/rows.parquet");
        var bodies = Read(path).Texts;
        Assert.Equal(400, bodies.Length);
        Assert.DoesNotContain(bodies, t => t.StartsWith("http", StringComparison.Ordinal));
        Assert.Contains(Read(path + "#meta.text").Texts, t => t.StartsWith("http", StringComparison.Ordinal));
        Assert.Contains("column 'meta.n' contains", Refused(path + "#meta.n"), StringComparison.Ordinal);
        Assert.Contains("no column 'body'; expected a string column of this path in addition to meta.text, meta.n, text", Refused(path + "#body"), StringComparison.Ordinal);
    }
}
