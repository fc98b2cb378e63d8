using MoELab.Data;
using MoELab.Data.Packing;
using MoELab.Data.Tokenization;
using MoELab.Randomness;

namespace MoELab.Tests.Data;

public sealed class PackingTests : IDisposable
{
    private const int Sep = 1000;
    private readonly CacheFolder _folder = new();
    private readonly List<TokenFile> _files = [];

    public static TheoryData<PackingMode> Packings => [PackingMode.Rsdb, PackingMode.Sequential];

    public void Dispose()
    {
        _files.ForEach(f => f.Dispose());
        _folder.Dispose();
    }

    // Documents of unique tokens, so that a token names its place: domain d owns 0 .. 999 shifted by wide ids.
    private TokenFile File(int first, params int[] lengths)
    {
        var documents = new List<int[]>();
        foreach (var length in lengths)
        {
            documents.Add([.. Enumerable.Range(first, length)]);
            first += length;
        }
        var path = Path.Combine(_folder.Root, $"{_files.Count}.tokens");
        TokenFile.Write(path, documents, Sep, wide: true);
        _files.Add(TokenFile.Open(path, wide: true));
        return _files[^1];
    }

    private static int[] Lengths(int count, int seed)
    {
        var random = new Philox(seed, "test");
        return [.. Enumerable.Range(0, count).Select(_ => 1 + random.NextInt(60))];
    }

    private static TokenStream Stream(PackingMode packing, TokenFile[] files, int length = 16, int workers = 4, int buffer = 8, IReadOnlyList<PhaseRecipe>? phases = null, int rank = 0, int ranks = 1, long seed = 7)
    {
        string[] names = [.. files.Select((_, i) => $"d{i}")];
        var mixture = new Mixture(phases ?? [], names, [.. files.Select(f => f.Tokens)]);
        return new TokenStream(new StreamSettings(mixture, files, names, length, seed, workers, buffer), packing, rank, ranks);
    }

    private static PhaseRecipe Phase(double share, params double[] weights) =>
        new() { Share = share, Weights = weights.Select((w, i) => (w, i)).ToDictionary(x => $"d{x.i}", x => x.w) };

    [Fact]
    public void Next_OneWorkerSequential_EpochHoldsEveryTokenExactlyOnce()
    {
        var file = File(2000, Lengths(40, 1));
        var stream = Stream(PackingMode.Sequential, [file], length: 1, workers: 1);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var tokens = stream.Next((int)file.Tokens, 0).Tokens;
            Assert.Equal(40, tokens.Count(t => t == Sep));
            Assert.Equal(Enumerable.Range(2000, (int)file.Tokens - 40), tokens.Where(t => t != Sep).Order());
        }
    }

    [Fact]
    public void Next_ManyWorkersSequential_EachReadsItsOwnDocumentsOnceAnEpoch()
    {
        var file = File(2000, Lengths(30, 2));
        var stream = Stream(PackingMode.Sequential, [file], length: 1, workers: 3);
        var perWorker = new List<int>[] { [], [], [] };
        var batch = stream.Next((int)file.Tokens * 6, 0);
        for (var i = 0; i < batch.Tokens.Length; i++)
            perWorker[i % 3].Add(batch.Tokens[i]);
        for (var w = 0; w < 3; w++)
        {
            var own = Enumerable.Range(0, 30).Where(d => d % 3 == w).ToArray();
            var epoch = own.Sum(file.Length);
            var expected = own.SelectMany(d => Enumerable.Range((int)(2000 + file.Starts[d] - d), file.Length(d) - 1)).Order();
            Assert.Equal(expected, perWorker[w].Take(epoch).Where(t => t != Sep).Order());
            Assert.Equal(expected, perWorker[w].Skip(epoch).Take(epoch).Where(t => t != Sep).Order());
            Assert.NotEqual(perWorker[w].Take(epoch), perWorker[w].Skip(epoch).Take(epoch));
        }
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void Next_TargetsAreTheNextTokenOfTheDocument_AndDocumentNumbersRise(PackingMode packing)
    {
        var file = File(2000, Lengths(30, 3));
        var ends = Enumerable.Range(0, 30).Select(d => (int)(2000 + file.Starts[d + 1] - d - 2)).ToHashSet();
        var batch = Stream(packing, [file]).Next(50, 0);
        for (var i = 0; i < batch.Tokens.Length; i++)
        {
            if (batch.Tokens[i] == Sep)
                Assert.True(batch.Targets[i] > Sep);
            else
                Assert.Equal(ends.Contains(batch.Tokens[i]) ? Sep : batch.Tokens[i] + 1, batch.Targets[i]);
            if (i % 16 == 0)
                Assert.Equal(0, batch.Documents[i]);
            else if (batch.Documents[i] == batch.Documents[i - 1])
                Assert.Equal(batch.Targets[i - 1], batch.Tokens[i]);
            else
                Assert.Equal(batch.Documents[i - 1] + 1, batch.Documents[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void LoadState_InTheMiddleOfADocument_ContinuesBitEqual(PackingMode packing)
    {
        TokenFile[] files = [File(2000, Lengths(25, 4)), File(9000, Lengths(13, 5))];
        PhaseRecipe[] phases = [Phase(1, 1, 3), Phase(1, 2, 1)];
        for (var stop = 0; stop < 60; stop += 7)
        {
            var whole = Stream(packing, files, phases: phases);
            if (stop > 0)
                whole.Next(stop, 0.2);
            var state = JsonNode.Parse(whole.SaveState().ToJsonString())!.AsObject();
            var resumed = Stream(packing, files, phases: phases);
            resumed.LoadState(state);
            foreach (var progress in new[] { 0.3, 0.6, 0.9 })
            {
                var expected = whole.Next(11, progress);
                var actual = resumed.Next(11, progress);
                Assert.Equal(expected.Tokens, actual.Tokens);
                Assert.Equal(expected.Targets, actual.Targets);
                Assert.Equal(expected.Documents, actual.Documents);
                Assert.Equal(expected.Domains, actual.Domains);
            }
            Assert.Equal(whole.SaveState().ToJsonString(), resumed.SaveState().ToJsonString());
        }
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void Next_NeitherRanksNorBatchSizeChangeASequence(PackingMode packing)
    {
        TokenFile[] files = [File(2000, Lengths(25, 6)), File(9000, Lengths(3, 7))];
        var whole = Stream(packing, files).Next(24, 0);
        var small = Stream(packing, files);
        Assert.Equal(whole.Tokens, Enumerable.Range(0, 8).SelectMany(_ => small.Next(3, 0).Tokens));
        for (var rank = 0; rank < 2; rank++)
        {
            var part = Stream(packing, files, rank: rank, ranks: 2).Next(12, 0);
            for (var s = 0; s < 12; s++)
                Assert.Equal(whole.Tokens.AsSpan(((2 * s) + rank) * 16, 16), part.Tokens.AsSpan(s * 16, 16));
        }
        Assert.NotEqual(whole.Tokens, Stream(packing, files, seed: 8).Next(24, 0).Tokens);
        Assert.Contains("is not divisible by the 3 ranks", Assert.Throws<InputException>(() => Stream(packing, files, ranks: 3)).Message);
    }

    [Fact]
    public void LoadState_OfTwoRanksMerged_ContinuesInOneProcess()
    {
        var file = File(2000, Lengths(40, 8));
        var whole = Stream(PackingMode.Rsdb, [file]);
        whole.Next(20, 0);
        JsonObject? merged = null;
        for (var rank = 0; rank < 2; rank++)
        {
            var part = Stream(PackingMode.Rsdb, [file], rank: rank, ranks: 2);
            part.Next(10, 0);
            var state = part.SaveState();
            if (merged is null)
                merged = state;
            else
                foreach (var (w, worker) in state["workers"]!.AsObject())
                    merged["workers"]![w] = worker!.DeepClone();
        }
        var resumed = Stream(PackingMode.Rsdb, [file]);
        resumed.LoadState(merged!);
        Assert.Equal(whole.Next(8, 0).Tokens, resumed.Next(8, 0).Tokens);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void Next_TokensFollowTheWeightsOfEachPhase(PackingMode packing)
    {
        TokenFile[] files = [File(2000, Lengths(200, 9)), File(20000, Lengths(20, 10)), File(30000, 500, 400)];
        var stream = Stream(packing, files, phases: [Phase(13, 6, 3, 1), Phase(4, 1, 1, 0), Phase(3, 0, 0, 1)]);
        double[] shares = Shares(stream.Next(2000, 0.1));
        Assert.Equal(0.6, shares[0], 0.05);
        Assert.Equal(0.3, shares[1], 0.05);
        shares = Shares(stream.Next(2000, 0.7));
        Assert.Equal(0.5, shares[0], 0.05);
        Assert.Equal(0, shares[2], 0.08);
        stream.Next(200, 0.9);
        Assert.Equal(1, Shares(stream.Next(200, 1))[2], 1e-9);

        static double[] Shares(TokenBatch batch) => [.. Enumerable.Range(0, 3).Select(d => batch.Domains.Count(x => x == d) / (double)batch.Domains.Length)];
    }

    [Fact]
    public void Mixture_BadPhase_SaysWhatIsExpected()
    {
        TokenFile[] files = [File(2000, 5), File(3000, 5)];
        Assert.Contains("did you mean 'd0'", Assert.Throws<InputException>(() =>
            Stream(PackingMode.Rsdb, files, phases: [new PhaseRecipe { Weights = new Dictionary<string, double> { ["d00"] = 1 } }])).Message);
        Assert.Contains("expected 0 or more", Assert.Throws<InputException>(() => Stream(PackingMode.Rsdb, files, phases: [Phase(1, -1, 1)])).Message);
        Assert.Contains("every weight is 0", Assert.Throws<InputException>(() => Stream(PackingMode.Rsdb, files, phases: [Phase(1, 0, 0)])).Message);
    }

    [Fact]
    public void Mixture_PhasesSplitTheRunByShare()
    {
        var mixture = new Mixture([Phase(13, 1), Phase(4, 1), Phase(3, 1)], ["d0"], [10]);
        Assert.Equal([0, 0, 1, 1, 2, 2], new[] { 0, 0.649, 0.65, 0.849, 0.851, 1.0 }.Select(mixture.Phase));
    }

    [Fact]
    public void Rsdb_BuffersAtMostTwiceItsShare_AndMixesDocuments()
    {
        var file = File(2000, [.. Enumerable.Repeat(100, 64)]);
        var stream = Stream(PackingMode.Rsdb, [file], workers: 1, buffer: 8);
        var batch = stream.Next(16, 0);
        Assert.True(batch.Tokens.Where(t => t != Sep).Select(t => (t - 2000) / 100).Distinct().Count() >= 6);
        var open = stream.SaveState()["workers"]!["0"]!["open"]![0]!.AsArray().Count / 2;
        Assert.InRange(open, 9, 16);
    }

    [Fact]
    public void EvaluationBatches_ScoreEveryTokenOnce_AndPadTheTail()
    {
        var lengths = Lengths(9, 11);
        var file = File(2000, lengths);
        var batches = EvaluationPacking.Batches(file, new ByteTokenizer(), 3, 16, 4, 0).ToArray();
        var targets = batches.SelectMany(b => b.Batch.Targets).Where(t => t >= 0).ToArray();
        Assert.Equal(file.Tokens, targets.Length);
        Assert.Equal(Enumerable.Range(2000, lengths.Sum()), targets.Where(t => t != Sep));
        Assert.All(batches, b => Assert.All(b.Batch.Domains, d => Assert.Equal(3, d)));
        var last = batches[^1].Batch;
        for (var i = 0; i < last.Targets.Length; i++)
        {
            if (last.Targets[i] < 0)
                Assert.Equal(256, last.Tokens[i]);
            if (i % 16 != 0 && last.Targets[i - 1] >= 0)
                Assert.Equal(last.Documents[i] == last.Documents[i - 1], last.Tokens[i] == last.Targets[i - 1] && last.Tokens[i] != Sep);
        }
        var few = EvaluationPacking.Batches(file, new ByteTokenizer(), 3, 16, 4, 40).Single().Batch;
        Assert.Equal(2, few.Sequences);
        Assert.Equal(batches[0].Batch.Tokens.Take(32), few.Tokens);
    }
}
