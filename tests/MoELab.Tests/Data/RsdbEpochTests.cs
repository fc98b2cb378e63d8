using MoELab.Data;
using MoELab.Data.Packing;
using MoELab.Randomness;

namespace MoELab.Tests.Data;

/// <summary>What RSDB keeps over the end of an epoch: every token once per epoch, never more than two epochs at a time, and many documents.</summary>
public sealed class RsdbEpochTests : IDisposable
{
    private const int Sep = 60_000;
    private readonly CacheFolder _folder = new();
    private readonly List<TokenFile> _files = [];

    public void Dispose()
    {
        _files.ForEach(f => f.Dispose());
        _folder.Dispose();
    }

    // A document's tokens are all its number, so that a token names its document.
    private TokenFile File(params int[] lengths)
    {
        var path = Path.Combine(_folder.Root, $"{_files.Count}.tokens");
        TokenFile.Write(path, [.. lengths.Select((length, d) => Enumerable.Repeat(d, length).ToArray())], Sep, wide: false);
        _files.Add(TokenFile.Open(path, wide: false));
        return _files[^1];
    }

    private static TokenStream Stream(TokenFile file, int length, int workers, int buffer, PackingMode packing = PackingMode.Rsdb) => new(
        new StreamSettings(new Mixture([], ["d"], [file.Tokens]), [file], ["d"], length, 7, workers, buffer), packing, 0, 1);

    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 8 }, { 2, 8 }, { 3, 1 }, { 7, 2 }, { 20, 8 }, { 40, 64 }, { 61, 4 }, { 200, 16 },
    };

    // With sequences of one token, what was read is a prefix of every document's readings, token by token.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Next_ReadsEveryDocumentOncePerEpoch_AndOverlapsTwoEpochsAtMost(int documents, int buffer)
    {
        var random = new Philox(documents, "test-epochs");
        int[] lengths = [.. Enumerable.Range(0, documents).Select(_ => 1 + (int)Math.Exp(5 * random.NextDouble()))];
        var file = File(lengths);
        var stream = Stream(file, 1, 1, buffer);
        var read = new long[documents];
        for (var epoch = 0; epoch < 6; epoch++)
        {
            // The separator belongs to its document: an input of it is followed by the document's first token as its target.
            var batch = stream.Next((int)file.Tokens, 0);
            for (var i = 0; i < batch.Tokens.Length; i++)
            {
                var document = batch.Tokens[i] == Sep ? batch.Targets[i] : batch.Tokens[i];
                read[document]++;
                if (i % 16 != 0)
                    continue;
                // Readings that were begun and readings that were ended differ by less than two epochs over all documents.
                var begun = Enumerable.Range(0, documents).Max(d => (read[d] + lengths[d]) / (lengths[d] + 1));
                var ended = Enumerable.Range(0, documents).Min(d => read[d] / (lengths[d] + 1));
                Assert.InRange(begun - ended, 0, 2);
            }
        }
        Assert.All(Enumerable.Range(0, documents), d => Assert.InRange(read[d] / (lengths[d] + 1.0), 4, 8));
    }

    [Fact]
    public void Next_OverTheEndOfAnEpoch_KeepsManyDocumentsOpen()
    {
        var random = new Philox(3, "test-lengths");
        var file = File([.. Enumerable.Range(0, 400).Select(_ => (int)Math.Exp(3 + (4 * random.NextDouble())))]);
        var stream = Stream(file, 32, 1, 16);
        var sequences = (int)(4 * file.Tokens / 32);
        var distinct = new List<int>();
        for (var s = 0; s + 32 <= sequences; s += 32)
            distinct.Add(stream.Next(32, 0).Tokens.Where(t => t != Sep).Distinct().Count());
        // An epoch that drained its buffer fell to a fifth of the mean.
        Assert.True(distinct.Min() > distinct.Average() / 2, $"least {distinct.Min()}, mean {distinct.Average():0.0}");
    }

    [Fact]
    public void Buffer_IsEachWorkers()
    {
        var file = File([.. Enumerable.Repeat(50, 400)]);
        foreach (var workers in new[] { 1, 2, 4 })
        {
            var stream = Stream(file, 8, workers, 12);
            stream.Next(4 * workers, 0);
            Assert.All(stream.SaveState()["workers"]!.AsObject(), w => Assert.InRange(w.Value!["open"]![0]!.AsArray().Count / 2, 13, 24));
        }
    }

    [Fact]
    public void LoadState_AtAnyPlace_ContinuesBitEqual()
    {
        var random = new Philox(5, "test-lengths");
        var file = File([.. Enumerable.Range(0, 23).Select(_ => 1 + random.NextInt(90))]);
        var whole = Stream(file, 16, 2, 64);
        for (var step = 0; step < 120; step++)
        {
            var resumed = Stream(file, 16, 2, 64);
            resumed.LoadState(JsonNode.Parse(whole.SaveState().ToJsonString())!.AsObject());
            Assert.Equal(resumed.Next(3, 0).Tokens, whole.Next(3, 0).Tokens);
            Assert.Equal(resumed.SaveState().ToJsonString(), whole.SaveState().ToJsonString());
        }
    }
}
