using MoELab.Model;
using MoELab.Randomness;

namespace MoELab.Tests.Model;

public sealed class GeneratorTests
{
    [Fact]
    public void The_same_seed_draws_the_same_tokens()
    {
        using var model = SimpleModel.Create();
        long[] Draw(long seed) => [.. new Generator(model).Generate([1, 2, 3], 12, new GeneratorOptions { Seed = seed })];
        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
        Assert.All(Draw(3), id => Assert.InRange(id, 0, SimpleModel.Vocabulary - 1));
    }

    [Fact]
    public void Greedy_takes_the_most_probable_token_and_sees_only_its_context()
    {
        using var scope = torch.NewDisposeScope();
        using var model = SimpleModel.Create();
        var generator = new Generator(model);
        var first = generator.Generate([5, 6, 7, 8], 1, new GeneratorOptions { Temperature = 0, Context = 2 }).Single();
        Assert.Equal(generator.Logits([7, 8])[-1].argmax().item<long>(), first);
    }

    [Fact]
    public void Draws_follow_the_probabilities_and_the_cut()
    {
        float[] logits = [0, MathF.Log(2), MathF.Log(5), -100];
        var random = new Philox(1, "draws");
        var all = Enumerable.Range(0, 4000).Select(_ => Generator.Draw(logits, new GeneratorOptions(), random)).CountBy(i => i).ToDictionary();
        Assert.Equal(1 / 8.0, all[0] / 4000.0, 0.03);
        Assert.Equal(2 / 8.0, all[1] / 4000.0, 0.03);
        Assert.Equal(5 / 8.0, all[2] / 4000.0, 0.03);
        Assert.DoesNotContain(0, Enumerable.Range(0, 500).Select(_ => Generator.Draw(logits, new GeneratorOptions { TopK = 2 }, random)));
        var cold = Enumerable.Range(0, 500).Count(_ => Generator.Draw(logits, new GeneratorOptions { Temperature = 0.1 }, random) == 2);
        Assert.True(cold > 490);
    }

    [Fact]
    public void Tokens_that_cannot_be_read_are_named()
    {
        using var model = SimpleModel.Create();
        Assert.Contains("the list is empty", Assert.Throws<InputException>(() => new Generator(model).Logits([])).Message);
        Assert.Contains("23", Assert.Throws<InputException>(() => new Generator(model).Logits([1, 23])).Message);
    }
}
