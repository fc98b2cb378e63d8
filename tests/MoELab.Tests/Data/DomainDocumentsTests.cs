using MoELab.Data.Preparation;
using MoELab.Data.Sources;
using MoELab.Randomness;

namespace MoELab.Tests.Data;

public sealed class DomainDocumentsTests
{
    private sealed class Texts(params string[] documents) : CorpusSource("texts", "test", "")
    {
        public override string Identity => "test";

        public override IEnumerable<SourceDocument> Read() => documents.Select(d => new SourceDocument([d]));
    }

    private static (IReadOnlyList<string> Training, IReadOnlyList<string> HeldOut) Split(CorpusSource source)
    {
        var split = CorpusSplit.Of([DomainDocuments.Read(source, 0)]);
        return (split.Training(0), split.HeldOut(0));
    }

    private static string Document(int number, int words = 300)
    {
        var random = new Philox(number, "test-document");
        return string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.NextInt(100_000)}"));
    }

    [Fact]
    public void Read_NearDuplicates_LeavesOneOfThem()
    {
        var text = Document(1);
        var similar = text.Replace(text.Split(' ')[7], "changed", StringComparison.Ordinal) + " end";
        var documents = DomainDocuments.Read(new Texts(text, Document(2), similar, text, Document(3)), 0);
        var kept = documents.Pieces.Select(p => p.Text).ToArray();
        Assert.Equal(2, documents.Duplicates);
        Assert.Equal(3, kept.Length);
        Assert.Contains(text, kept);
        Assert.DoesNotContain(similar, kept);
    }

    [Fact]
    public void Add_ShortDifferentTexts_AreKept()
    {
        var near = new NearDuplicates();
        Assert.True(near.Add(NearDuplicates.Sign("1 + 1 = 2")));
        Assert.True(near.Add(NearDuplicates.Sign("3 + 5 = 8")));
        Assert.True(near.Add(NearDuplicates.Sign("A short sentence about routers.")));
        Assert.False(near.Add(NearDuplicates.Sign("A short sentence about routers.")));
    }

    [Fact]
    public void Read_Split_IsByDocumentDisjointAndStable()
    {
        var all = Enumerable.Range(0, 400).Select(i => Document(i, 700)).ToArray();
        var some = Split(new Texts(all[..380]));
        var more = Split(new Texts(all));
        Assert.Empty(more.Training.Intersect(more.HeldOut));
        Assert.Equal(400, more.Training.Count + more.HeldOut.Count);
        Assert.All(some.HeldOut, t => Assert.Contains(t, more.HeldOut));
        Assert.All(some.Training, t => Assert.Contains(t, more.Training));
        Assert.InRange(more.HeldOut.Sum(Encoding.UTF8.GetByteCount), 64 << 10, all.Sum(Encoding.UTF8.GetByteCount) / 8);
    }

    [Fact]
    public void Read_OrderOfTheSource_DoesNotMatter()
    {
        var all = Enumerable.Range(0, 50).Select(i => Document(i)).ToArray();
        var forward = DomainDocuments.Read(new Texts(all), 30_000);
        var backward = DomainDocuments.Read(new Texts([.. all.Reverse()]), 30_000);
        Assert.Equal(forward.Pieces.Select(p => p.Text), backward.Pieces.Select(p => p.Text));
        Assert.Equal(CorpusSplit.Of([forward]).Hash(0), CorpusSplit.Of([backward]).Hash(0));
        Assert.InRange(forward.Bytes, 20_000, 30_000);
    }

    [Fact]
    public void Floors_BigramOfAKnownText_IsItsFormula()
    {
        // Held out 'ab': pairs (sep, a), (a, b), (b, sep), each seen 99 times after a context seen 99 times: 100 / (99 + 257).
        var floor = Floors.Measure("d", Enumerable.Repeat("ab"u8.ToArray(), 99), ["ab"u8.ToArray()]);
        Assert.Equal(3 * -Math.Log2(100.0 / 356) / 2, floor.BigramBitsPerByte, 12);
        Assert.Equal(2, floor.HeldOutBytes);
    }

    [Fact]
    public void Generated_Documents_AreRight()
    {
        var documents = new GeneratedSource(60_000).Read().Select(d => d.Pieces.Single()).ToArray();
        Assert.Equal(documents, new GeneratedSource(60_000).Read().Select(d => d.Pieces.Single()));
        foreach (var line in documents.Where(d => d.StartsWith("Sums", StringComparison.Ordinal)).SelectMany(d => d.Split('\n').Skip(1).SkipLast(1)))
        {
            var parts = line.Split(' ');
            var (a, b, c) = (int.Parse(parts[0]), int.Parse(parts[2]), int.Parse(parts[4]));
            Assert.Equal(c, parts[1] == "+" ? a + b : a - b);
        }
        foreach (var line in documents.Where(d => d.StartsWith("Brackets", StringComparison.Ordinal)).SelectMany(d => d.Split('\n').Skip(1)))
        {
            var rest = line;
            for (var before = -1; before != rest.Length;)
            {
                before = rest.Length;
                rest = rest.Replace("()", "").Replace("[]", "").Replace("{}", "").Replace("<>", "");
            }
            Assert.Empty(rest);
        }
    }
}
