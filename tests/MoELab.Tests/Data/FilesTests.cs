using MoELab.Data.Sources;
using MoELab.Plugins;
using MoELab.Plugins.Parquet;
using Parquet;
using Parquet.Schema;

namespace MoELab.Tests.Data;

public sealed class FilesTests : IDisposable
{
    private readonly CacheFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static DataRecipe Recipe(params string[] patterns) => new()
    {
        Corpus = "files",
        Sources = patterns.Select((p, i) => (p, i)).ToDictionary(x => $"own{x.i}", x => x.p),
        MinDocumentTokens = 1,
    };

    private static string Text(int number) => string.Join(' ', Enumerable.Range(0, 40).Select(i => $"word{(number * 7919) + (i * i * 31)}"));

    [Fact]
    public async Task Prepare_TextGlobJsonlAndParquet_ReadsEveryDocument()
    {
        for (var i = 0; i < 5; i++)
            _folder.Write($"texts/{i}/a.txt", Text(i));
        _folder.Write("texts/skip.csv", Text(99));
        var jsonl = _folder.Write("lines.jsonl", string.Join("\n", Enumerable.Range(10, 7).Select(i => $"{{\"id\": {i}, \"text\": \"{Text(i)}\"}}")) + "\n\n");
        var parquet = Path.Combine(_folder.Root, "rows.parquet");
        await WriteParquet(parquet, "text", [.. Enumerable.Range(20, 4).Select(Text)]);
        var catalog = new PluginCatalog();
        catalog.Register(typeof(PlainTextReader));
        catalog.Register(typeof(JsonLinesReader));
        catalog.Register(typeof(ParquetCorpusReader));
        using var corpus = _folder.Prepare(Recipe(Path.Combine(_folder.Root, "texts/**/*.txt"), jsonl, parquet), catalog);
        Assert.Equal([5, 7, 4], corpus.Domains.Select(d => d.Documents));
        Assert.Equal(["own0", "own1", "own2"], corpus.Domains.Select(d => d.Name));
        Assert.All(corpus.Domains, d => Assert.True(d.HeldOutBytes > 0 && d.HeldOutBytes < d.Bytes));
        Assert.Contains("word", corpus.Tokenizer.Decode(corpus.EvaluationBatches(1, 32, 2, 64).First().Batch.Tokens));
    }

    [Fact]
    public void Prepare_OneFile_HoldsItsEndOut()
    {
        var path = _folder.Write("one.txt", Text(1) + "\n" + Text(2));
        using var corpus = _folder.Prepare(Recipe(path));
        Assert.InRange(corpus.Domains[0].HeldOutBytes, 1, corpus.Domains[0].Bytes / 4);
        Assert.Equal(new FileInfo(path).Length, corpus.Domains[0].Bytes);
    }

    [Fact]
    public void Prepare_ChangedFileOrSetting_IsPreparedAnew()
    {
        var path = _folder.Write("one.txt", Text(1));
        string first, second, third;
        using (var corpus = _folder.Prepare(Recipe(path)))
            first = corpus.Directory;
        using (var corpus = _folder.Prepare(Recipe(path) with { Workers = 2, Packing = PackingMode.Sequential }))
            Assert.Equal(first, corpus.Directory);
        File.AppendAllText(path, " more");
        using (var corpus = _folder.Prepare(Recipe(path)))
            second = corpus.Directory;
        using (var corpus = _folder.Prepare(Recipe(path) with { Tokenizer = "o200k_base" }))
            third = corpus.Directory;
        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
    }

    [Fact]
    public void Prepare_BrokenCache_IsPreparedAnew()
    {
        var recipe = Recipe(_folder.Write("one.txt", Text(1)));
        string directory;
        using (var corpus = _folder.Prepare(recipe))
            directory = corpus.Directory;
        File.WriteAllBytes(Path.Combine(directory, "0.training"), [1, 2, 3]);
        using var again = _folder.Prepare(recipe);
        Assert.Equal(directory, again.Directory);
        Assert.NotEmpty(again.OpenStream(recipe, 8, 1).Next(2, 0).Tokens);
        Assert.Single(Directory.GetDirectories(Path.GetDirectoryName(directory)!));
    }

    [Fact]
    public void Prepare_FromManyThreads_AgreesOnOneFolder()
    {
        var recipe = Recipe(_folder.Write("one.txt", Text(1)));
        var folders = Enumerable.Range(0, 6).AsParallel().WithDegreeOfParallelism(6).Select(_ =>
        {
            using var corpus = _folder.Prepare(recipe);
            return corpus.Directory;
        }).ToArray();
        Assert.Single(folders.Distinct());
        Assert.Single(Directory.GetDirectories(Path.GetDirectoryName(folders[0])!));
    }

    [Fact]
    public void Prepare_BadInput_IsOneSentenceThatNamesTheFile()
    {
        Expect(Recipe(Path.Combine(_folder.Root, "none/*.txt")), "data.sources.own0", "matches no file");
        Expect(Recipe(_folder.Write("empty.txt", " \n")), "empty.txt", "contains no text");
        File.WriteAllBytes(Path.Combine(_folder.Root, "binary.txt"), [65, 66, 0, 67]);
        Expect(Recipe(Path.Combine(_folder.Root, "binary.txt")), "binary.txt: byte 2 is zero", "binary");
        File.WriteAllBytes(Path.Combine(_folder.Root, "latin.txt"), [.. Encoding.UTF8.GetBytes("näh"), 0xE4, 32, 65]);
        Expect(Recipe(Path.Combine(_folder.Root, "latin.txt")), "latin.txt: byte 4 (0xe4) is not UTF-8");
        File.WriteAllBytes(Path.Combine(_folder.Root, "cut.txt"), [65, 0xE2, 0x82]);
        Expect(Recipe(Path.Combine(_folder.Root, "cut.txt")), "byte 1 (0xe2) is not UTF-8");
        Expect(Recipe(_folder.Write("bad.jsonl", "{\"text\": \"a b c\"}\nnot json\n")), "bad.jsonl: line 2 is not JSON");
        Expect(Recipe(_folder.Write("other.jsonl", "{\"body\": \"a b c\"}\n")), "other.jsonl: line 1 has no text");
        Expect(Recipe(_folder.Write("tiny.txt", "few words")) with { MinDocumentTokens = 1000 }, "min_document_tokens");
        Expect(new DataRecipe { Corpus = "files" }, "data.sources: no domains");
        Expect(new DataRecipe { Corpus = "file" }, "did you mean 'files'");
        Expect(Recipe("x") with { Corpus = "default", Sources = new Dictionary<string, string> { ["code"] = "x" } }, "data.sources.code");
    }

    [Fact]
    public async Task Parquet_BadFile_IsOneSentence()
    {
        var catalog = new PluginCatalog();
        catalog.Register(typeof(ParquetCorpusReader));
        var path = Path.Combine(_folder.Root, "rows.parquet");
        await File.WriteAllTextAsync(path, "this is no parquet file");
        Assert.Contains("cannot be read as Parquet", Assert.Throws<InputException>(() => _folder.Prepare(Recipe(path), catalog)).Message);
        await WriteParquet(path, "body", ["a"]);
        Assert.Contains("no column 'text'; expected a string column of this path in addition to body", Assert.Throws<InputException>(() => _folder.Prepare(Recipe(path), catalog)).Message);
    }

    private void Expect(DataRecipe recipe, params string[] parts)
    {
        var message = Assert.Throws<InputException>(() => _folder.Prepare(recipe)).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
        Assert.DoesNotContain('\n', message);
    }

    private static async Task WriteParquet(string path, string column, string[] texts)
    {
        var field = new DataField<string>(column);
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), file);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(field, texts);
    }
}
