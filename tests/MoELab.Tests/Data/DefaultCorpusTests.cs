namespace MoELab.Tests.Data;

public sealed class DefaultCorpusTests
{
    [Fact]
    public void Prepare_Default_HasFourDomainsWithProvenanceAndFloors()
    {
        using var folder = new CacheFolder();
        var recipe = new DataRecipe { MaxBytesPerDomain = 400_000 };
        using var corpus = folder.Prepare(recipe);
        Assert.Equal(["reference", "code", "languages", "generated"], corpus.Domains.Select(d => d.Name));
        foreach (var domain in corpus.Domains)
        {
            Assert.NotEmpty(domain.Licence);
            Assert.NotEmpty(domain.Source);
            Assert.Equal(16, domain.Hash.Length);
            Assert.InRange(domain.Bytes, 300_000, 400_000);
            Assert.InRange(domain.HeldOutBytes, 10_000, domain.Bytes / 2);
            Assert.Equal(domain.Bytes, domain.Tokens);
        }
        Assert.All(corpus.Floors, f => Assert.InRange(f.BigramBitsPerByte, 1, 6));
        Assert.InRange(corpus.TotalFloors(new TrainingRecipe()).Bigram, corpus.Floors.Min(f => f.BigramBitsPerByte), corpus.Floors.Max(f => f.BigramBitsPerByte));
        using var again = folder.Prepare(recipe);
        Assert.Equal(corpus.Directory, again.Directory);
        Assert.Equal(corpus.Domains, again.Domains);
        Assert.Single(Directory.GetDirectories(Path.Combine(folder.Cache, "corpora")));
    }

    [Fact]
    public void Prepare_TwiceFromNothing_GivesTheSameBytes()
    {
        using var first = new CacheFolder();
        using var second = new CacheFolder();
        var recipe = new DataRecipe { MaxBytesPerDomain = 200_000, Tokenizer = "bpe-300" };
        using var a = first.Prepare(recipe);
        using var b = second.Prepare(recipe);
        foreach (var file in Directory.GetFiles(a.Directory))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(b.Directory, Path.GetFileName(file))));
    }
}
