using MoELab.Data.Preparation;

namespace MoELab.Tests.Data;

/// <summary>The control without language: every document keeps its tokens and loses their order.</summary>
public sealed class TokenShuffleTests : IDisposable
{
    private readonly CacheFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("bytes"), InlineData("bpe-300")]
    public void Every_document_has_its_tokens_in_another_order(string tokenizer)
    {
        using var plain = _folder.Prepare(Recipe(tokenizer, false));
        using var shuffled = _folder.Prepare(Recipe(tokenizer, true));
        Assert.NotEqual(plain.Directory, shuffled.Directory);
        var (texts, mixed) = (Documents(plain), Documents(shuffled));
        Assert.Equal(texts.Length, mixed.Length);
        Assert.All(texts.Zip(mixed), pair =>
        {
            Assert.Equal(pair.First.Order(), pair.Second.Order());
            Assert.NotEqual(pair.First, pair.Second);
            // The separator stays in front.
            Assert.Equal(plain.Tokenizer.Separator, pair.Second[0]);
        });
        Assert.Equal(plain.EvaluationSize(0, 32, 0), shuffled.EvaluationSize(0, 32, 0));
        Assert.Equal(plain.Domains[0].Bytes, shuffled.Domains[0].Bytes);
        // Training text too, in whatever order documents are read.
        int[] Read(PreparedCorpus corpus) => corpus.OpenStream(Recipe(tokenizer, false), 64, 1).Next(8, 0).Tokens;
        Assert.NotEqual(Read(plain), Read(shuffled));
        Assert.Equal(Read(plain).Count(t => t == plain.Tokenizer.Separator), Read(shuffled).Count(t => t == plain.Tokenizer.Separator));
    }

    [Fact]
    public void A_shuffled_corpus_says_so_and_is_another_one()
    {
        using var plain = _folder.Prepare(Recipe("bytes", false));
        using var shuffled = _folder.Prepare(Recipe("bytes", true));
        Assert.NotEqual(plain.Domains[0].Hash, shuffled.Domains[0].Hash);
        Assert.Equal(TokenShuffle.Note, shuffled.Domains[0].Notes);
        Assert.Empty(plain.Domains[0].Notes);
        // What the byte before says about a byte is lost.
        Assert.True(shuffled.Floors[0].BigramBitsPerByte > plain.Floors[0].BigramBitsPerByte + 0.5, $"{shuffled.Floors[0]} against {plain.Floors[0]}");
        Assert.Equal(plain.Floors[0].HeldOutBytes, shuffled.Floors[0].HeldOutBytes);
    }

    [Fact]
    public void The_order_is_that_of_the_corpus()
    {
        int[][] First(bool again)
        {
            using var folder = new CacheFolder();
            using var corpus = folder.Prepare(Recipe("bytes", true));
            return Documents(corpus);
        }
        Assert.Equal(First(false), First(true));
    }

    private DataRecipe Recipe(string tokenizer, bool shuffle) => new()
    {
        Corpus = "files",
        Sources = new Dictionary<string, string>
        {
            ["own"] = _folder.Write("own.jsonl", string.Join('\n', Enumerable.Range(0, 300).Select(i =>
                $"{{\"text\": \"Page {i * 7919} says that {i} and {i * i} are numbers, and näher to {i + 5} than {i * 31 % 17} is to {i * 131}.\"}}"))),
        },
        Tokenizer = tokenizer,
        ShuffleTokens = shuffle,
        MinDocumentTokens = 4,
    };

    private static int[][] Documents(PreparedCorpus corpus)
    {
        var batch = corpus.EvaluationBatches(0, 1 << 15, 1, 0).First().Batch;
        return [.. Enumerable.Range(0, batch.Tokens.Length).Where(i => batch.Targets[i] >= 0).GroupBy(i => batch.Documents[i], i => batch.Tokens[i]).Select(d => d.ToArray())];
    }
}
