using MoELab.Data.Preparation;
using MoELab.Randomness;

namespace MoELab.Tests.Data;

/// <summary>Held-out text is no training text: the split is by source document, and shared passages are found across domains.</summary>
[Trait("bug", "held-out-leak")]
public sealed class HeldOutTests : IDisposable
{
    private readonly CacheFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Text(int number, int words = 300)
    {
        var random = new Philox(number, "test-held-out");
        return string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.NextInt(50_000)}"));
    }

    private string Rows(string name, IEnumerable<string> texts) => _folder.Write(name, string.Concat(texts.Select(t => new JsonObject { ["text"] = t }.ToJsonString() + "\n")));

    private static DataRecipe Recipe(params (string Name, string Path)[] sources) => new()
    {
        Corpus = "files",
        Sources = sources.ToDictionary(s => s.Name, s => s.Path),
        Tokenizer = "bytes",
    };

    [Fact]
    public void Prepare_DefaultCorpus_SharesUnderHalfAPercent()
    {
        using var corpus = _folder.Prepare(new DataRecipe());
        var measured = Leakage.Of(corpus);
        Assert.All(measured, share => Assert.InRange(share, 0, 0.005));
        Assert.All(corpus.Domains.Zip(measured), d => Assert.Equal(d.Second, d.First.HeldOutOverlap, 0.001));
        Assert.All(corpus.Domains, d => Assert.InRange(d.HeldOutBytes, 32_000, d.Bytes / 8));
    }

    [Fact]
    public void Prepare_OwnSourcesWithPlantedCopies_SharesUnderHalfAPercent()
    {
        var texts = Enumerable.Range(0, 400).Select(i => Text(i)).ToArray();
        // Copies within a source, across sources, edited ones, and passages inside other text.
        string[] first = [.. texts[..200], .. texts[..40], .. texts[40..80].Select(t => $"Edited: {t} end")];
        string[] second = [.. texts[200..], .. texts[80..120], .. texts[160..200].Select(t => t.Replace(" w1", "\n W1", StringComparison.Ordinal)), .. Enumerable.Range(0, 40).Select(i => $"{Text(1000 + i, 200)} {texts[i + 120][..400]} {Text(2000 + i, 200)}")];
        var recipe = Recipe(("first", Rows("first.jsonl", first)), ("second", Rows("second.jsonl", second)));
        using var corpus = _folder.Prepare(recipe);
        Assert.All(Leakage.Of(corpus), share => Assert.InRange(share, 0, 0.005));
        Assert.All(corpus.Domains, d => Assert.InRange(d.HeldOutOverlap, 0, 0.005));
        Assert.InRange(corpus.Domains[0].Duplicates, 80, 80);
        Assert.InRange(corpus.Domains[1].Duplicates, 40, 40);
        Assert.All(corpus.Domains, d => Assert.InRange(d.HeldOutBytes, 30_000, d.Bytes / 2));
        Assert.All(corpus.Domains, d => Assert.Equal("", d.Notes));
    }

    [Fact]
    public void Prepare_FilesOfManyPieces_KeepsEachOnOneSide()
    {
        for (var f = 0; f < 24; f++)
            _folder.Write($"books/{f:00}.txt", string.Concat(Enumerable.Range(0, 60).Select(p => $"book{f} {Text((f * 100) + p)}\n\n")));
        using var corpus = _folder.Prepare(Recipe(("books", Path.Combine(_folder.Root, "books"))));
        int[] Books(string side) => [.. Leakage.Documents(corpus, side).SelectMany(t => t.Split(' ', '\n').Where(w => w.StartsWith("book", StringComparison.Ordinal)).Select(w => int.Parse(w.AsSpan(4)))).Distinct()];
        Assert.True(corpus.Domains[0].Documents > 100);
        Assert.Empty(Books("0.training").Intersect(Books("0.held-out")));
        Assert.Equal(24, Books("0.training").Length + Books("0.held-out").Length);
    }

    [Fact]
    public void Prepare_OneLongFile_HoldsItsEndOut()
    {
        var lines = Enumerable.Range(0, 3000).Select(i => $"line{i:0000} {Text(i, 12)}\n").ToArray();
        using var corpus = _folder.Prepare(Recipe(("log", _folder.Write("log.txt", string.Concat(lines)))));
        var heldOut = string.Concat(Leakage.Documents(corpus, "0.held-out").Order(StringComparer.Ordinal));
        Assert.EndsWith(lines[^1], heldOut, StringComparison.Ordinal);
        Assert.InRange(heldOut.Length, lines.Sum(l => l.Length) / 20, lines.Sum(l => l.Length) / 5);
        Assert.DoesNotContain("line0000", heldOut, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_OneLongFileAmongShortOnes_IsNotHeldOutWhole()
    {
        // Whatever the hashes say: ten domains, each with another long file.
        for (var i = 0; i < 10; i++)
        {
            var folder = Path.Combine(_folder.Root, $"mix{i}");
            _folder.Write($"mix{i}/long.txt", Text(i, 20_000));
            for (var s = 0; s < 10; s++)
                _folder.Write($"mix{i}/{s}.txt", Text((100 * (i + 1)) + s, 50));
            using var corpus = _folder.Prepare(Recipe(("mix", folder)));
            Assert.InRange(corpus.Domains[0].HeldOutBytes, corpus.Domains[0].Bytes / 12, corpus.Domains[0].Bytes / 2);
        }
    }

    [Fact]
    public void Prepare_TextThatRepeatsATemplate_SaysWhatItShares()
    {
        var template = Text(1, 60);
        using var corpus = _folder.Prepare(Recipe(("chats", Rows("chats.jsonl", Enumerable.Range(0, 300).Select(i => $"{template} {Text(i + 10, 100)}")))));
        Assert.InRange(corpus.Domains[0].HeldOutOverlap, 0.1, 0.4);
        Assert.Contains("of its held-out text also occurs in training text", corpus.Domains[0].Notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_DomainThatIsACopy_IsNamed()
    {
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => Text(i))];
        var recipe = Recipe(("a", Rows("a.jsonl", texts)), ("b", Rows("b.jsonl", texts.Reverse())));
        Assert.Contains("b: every document of", Assert.Throws<InputException>(() => _folder.Prepare(recipe)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"format\": 3", "\"format\": 2")]
    [InlineData("\"format\": 3,", "")]
    [InlineData("\"format\": 3,", "\"format\": 3, \"wide\": true,")]
    [InlineData("\"wide\": false", "\"wide\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    public void Prepare_CorpusOfAnOlderRuleOrDamaged_IsPreparedAnew(string text, string change)
    {
        var recipe = Recipe(("a", Rows("a.jsonl", Enumerable.Range(0, 20).Select(i => Text(i)))));
        string description;
        using (var corpus = _folder.Prepare(recipe))
            description = Path.Combine(corpus.Directory, "corpus.json");
        var right = File.ReadAllText(description);
        Assert.Contains(text, right, StringComparison.Ordinal);
        File.WriteAllText(description, right.Replace(text, change, StringComparison.Ordinal));
        using (_folder.Prepare(recipe))
            Assert.Equal(right, File.ReadAllText(description));
    }

    [Fact]
    public void Windows_AreTheWordsAlone()
    {
        Assert.Equal(Hashes(Text(1)), Hashes(Text(1).ToUpperInvariant().Replace(" ", "\n\t  ", StringComparison.Ordinal)));
        Assert.Equal(300 - 24, Hashes(Text(1)).Count);
        Assert.Single(Hashes("three words only"));
        Assert.NotEqual(Hashes("three words only"), Hashes("three words, only"));
        Assert.Empty(Hashes(" \n"));
        // Scripts without spaces count by character, and a run without end by 16.
        Assert.Equal(16, Hashes(new string('語', 40)).Count);
        Assert.Equal(16, Hashes(new string('x', 640)).Count);

        static List<ulong> Hashes(string text) => [.. WordWindows.Of(text)];
    }
}
