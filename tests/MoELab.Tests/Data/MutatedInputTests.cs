using System.Diagnostics;
using System.IO.Compression;
using MoELab.Data.Sources;
using MoELab.Plugins.Parquet;
using MoELab.Randomness;

namespace MoELab.Tests.Data;

/// <summary>2,000 damaged files per reader, by seed: each is read or refused with a sentence, and soon.</summary>
public sealed class MutatedInputTests : IDisposable
{
    private const int Inputs = 2_000;
    private readonly CacheFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Rows() => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30)
        .Select(i => $"{{\"id\": {i}, \"meta\": {{\"tags\": [1, \"\\u00e9\", null]}}, \"text\": \"row {i} \\ud83d\\ude00 of the file\"}}\n")));

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    // Flipped bits, overwritten, inserted, deleted and repeated runs, cut ends, and the words that formats stumble on.
    private static byte[] Mutate(byte[] original, Philox random)
    {
        byte[][] words = ["\"text\""u8.ToArray(), "null"u8.ToArray(), "{"u8.ToArray(), "[[[[[[[["u8.ToArray(), "\\ud800"u8.ToArray(), [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80], "\n"u8.ToArray(), [0xC3]];
        var bytes = original.ToList();
        for (var edits = 1 + random.NextInt(4); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.NextInt(bytes.Count);
            var length = Math.Min(bytes.Count - at, 1 + random.NextInt(16));
            switch (random.NextInt(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.InsertRange(at, words[random.NextInt(words.Length)]);
                    break;
                case 5:
                    var word = words[random.NextInt(words.Length)];
                    for (var i = 0; i < word.Length && at + i < bytes.Count; i++)
                        bytes[at + i] = word[i];
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }

    private void Hold(byte[] original, string name, Action<string> read, int inputs = Inputs)
    {
        var path = _folder.Write(name, "");
        var (good, refused) = (0, 0);
        for (var i = 0; i < inputs; i++)
        {
            var bytes = Mutate(original, new Philox(i, "test-mutation", name));
            File.WriteAllBytes(path, bytes);
            var time = Stopwatch.StartNew();
            try
            {
                read(path);
                good++;
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, input {i}: {e}");
            }
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(10), $"{name}, input {i} took {time.Elapsed}");
        }
        Assert.True(good > 0 && refused > inputs / 10, $"{good} were read, {refused} refused");
    }

    private static void All(IEnumerable<string?> texts)
    {
        foreach (var text in texts)
            Assert.True(text is null || text.Length >= 0);
    }

    [Fact]
    public void Jsonl() => Hold(Rows(), "rows.jsonl", path => All(new JsonLinesReader(new JsonLinesOptions()).Read(path)));

    [Fact]
    public void Text() => Hold(Rows(), "rows.txt", path => All(new PlainTextReader().Read(path)));

    [Fact]
    public void Gzip_of_jsonl() => Hold(Gzip(Rows()), "rows.jsonl.gz", Compressed);

    [Fact]
    public void Zstd_of_jsonl() => Hold(new ZstdSharp.Compressor(3).Wrap(Rows()).ToArray(), "rows.jsonl.zst", Compressed);

    [Fact]
    public void Parquet() => Hold(File.ReadAllBytes(Repository.PathOf("tests/Golden/corpora/rows.parquet")), "rows.parquet", path => All(new ParquetCorpusReader(new ParquetCorpusOptions()).Read(path)));

    // Almost all of a file is pages: this damages what describes them.
    [Fact]
    public void Parquet_footer()
    {
        var whole = File.ReadAllBytes(Repository.PathOf("tests/Golden/corpora/rows.parquet"));
        var footer = BitConverter.ToInt32(whole, whole.Length - 8);
        Hold(whole[^(footer + 8)..^8], "rows.parquet", path =>
        {
            var damaged = File.ReadAllBytes(path);
            File.WriteAllBytes(path, [.. whole[..^(footer + 8)], .. damaged, .. BitConverter.GetBytes(damaged.Length), .. "PAR1"u8]);
            All(new ParquetCorpusReader(new ParquetCorpusOptions()).Read(path));
        });
    }

    [Fact]
    public void Description_of_a_prepared_corpus()
    {
        var recipe = new DataRecipe { Corpus = "files", Sources = new Dictionary<string, string> { ["own"] = _folder.Write("own.jsonl", Encoding.UTF8.GetString(Rows())) }, MinDocumentTokens = 1 };
        string folder;
        using (var corpus = _folder.Prepare(recipe))
            folder = corpus.Directory;
        foreach (var file in new[] { "corpus.json", "0.training.index", "0.training" })
        {
            var path = Path.Combine(folder, file);
            var whole = File.ReadAllBytes(path);
            for (var i = 0; i < Inputs / 20; i++)
            {
                File.WriteAllBytes(path, Mutate(whole, new Philox(i, "test-mutation", file)));
                using var corpus = _folder.Prepare(recipe);
                corpus.OpenStream(recipe, 16, 1).Next(8, 0);
            }
        }
    }

    private static void Compressed(string path)
    {
        using var content = CompressedFile.Open(path);
        All(new JsonLinesReader(new JsonLinesOptions()).Read(content, path));
    }
}
