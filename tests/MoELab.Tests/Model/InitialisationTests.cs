using MoELab.Model;

namespace MoELab.Tests.Model;

/// <summary>Fresh weights: truncated normal, sigma 0.5 / sqrt(d), cut at three sigma, for every matrix (Trinity report, section 2.4).</summary>
public sealed class InitialisationTests : IDisposable
{
    // Of a normal distribution cut at three sigma: standard deviation, and the shares within one and two sigma.
    private const double Deviation = 0.98658, WithinOne = 0.68454, WithinTwo = 0.95708;
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory, InlineData(0.0), InlineData(0.02)]
    public void Every_matrix_is_a_truncated_normal(double sigma)
    {
        var recipe = SimpleModel.Recipe with { DModel = 64, Ffn = 96, ExpertFfn = 32, Heads = 4, KvHeads = 2, HeadDim = 16, Experts = 24, InitSigma = sigma };
        using var model = SimpleModel.Create(recipe);
        var expected = sigma > 0 ? sigma : 0.5 / Math.Sqrt(64);
        foreach (var matrix in model.Parameters.Where(p => p.IsMatrix))
            Check([.. matrix.Value.detach().data<float>().ToArray().Select(v => v / expected)], matrix.Name);
    }

    [Fact]
    public void A_large_tensor_keeps_the_distribution_across_its_blocks()
    {
        var values = TruncatedNormal.Create([400, 1000], 0.016, 3, "large").data<float>().ToArray();
        Check([.. values.Select(v => v / 0.016)], "large");
        Assert.Equal(values.Length, values.Distinct().Count(), values.Length * 0.02);
        Assert.NotEqual(values[..1000], values[(1 << 15)..((1 << 15) + 1000)]);
    }

    [Fact]
    public void Gains_start_at_one_and_the_second_norms_at_one_over_the_root_of_the_depth()
    {
        using var scaled = SimpleModel.Create();
        using var plain = SimpleModel.Create(SimpleModel.Recipe with { DepthScaledNorm = false });
        foreach (var (model, second) in new[] { (scaled, 1 / Math.Sqrt(SimpleModel.Recipe.Layers)), (plain, 1.0) })
        {
            foreach (var gain in model.Parameters.Where(p => !p.IsMatrix))
            {
                var expected = gain.Name.EndsWith("post_attention_layernorm.weight", StringComparison.Ordinal) || gain.Name.EndsWith("post_mlp_layernorm.weight", StringComparison.Ordinal) ? second : 1;
                Assert.All(gain.Value.detach().data<float>().ToArray(), v => Assert.Equal(expected, v, 1e-7));
            }
        }
    }

    [Fact]
    public void Seed_and_name_make_the_weights_and_nothing_else_does()
    {
        using var model = SimpleModel.Create();
        using var again = SimpleModel.Create();
        using var deeper = SimpleModel.Create(SimpleModel.Recipe with { Layers = 6, GatedAttention = false, SharedExperts = 0 });
        using var other = SimpleModel.Create(seed: 2);
        foreach (var parameter in model.Parameters.Where(p => p.IsMatrix))
        {
            var values = Values(model, parameter.Name);
            Assert.Equal(values, Values(again, parameter.Name));
            Assert.NotEqual(values, Values(other, parameter.Name));
            if (deeper.Parameters.Any(p => p.Name == parameter.Name))
                Assert.Equal(values, Values(deeper, parameter.Name));
        }
    }

    [Fact]
    public void No_two_matrices_and_no_two_experts_are_alike()
    {
        using var model = SimpleModel.Create();
        var starts = model.Parameters.Where(p => p.IsMatrix).SelectMany(p =>
        {
            var (values, size) = (Values(model, p.Name), (int)(p.FanIn * p.FanOut));
            return Enumerable.Range(0, values.Length / size).Select(i => (values[i * size], values[(i * size) + 1]));
        }).ToList();
        Assert.Equal(starts.Count, starts.Distinct().Count());
    }

    private static float[] Values(MoEModel model, string name) => model.Parameters.Single(p => p.Name == name).Value.detach().data<float>().ToArray();

    /// <summary>Five standard errors on each figure.</summary>
    private static void Check(double[] z, string name)
    {
        var error = 5 / Math.Sqrt(z.Length);
        Assert.True(z.Max(Math.Abs) <= 3 + 1e-5, $"{name}: {z.Max(Math.Abs)} sigma");
        Assert.True(Math.Abs(z.Average()) <= error, $"{name}: mean {z.Average()} sigma");
        Assert.True(Math.Abs(Math.Sqrt(z.Average(v => v * v)) - Deviation) <= error, $"{name}: deviation {Math.Sqrt(z.Average(v => v * v))} sigma");
        Assert.True(Math.Abs(z.Average(v => Math.Abs(v) < 1 ? 1.0 : 0) - WithinOne) <= error, name);
        Assert.True(Math.Abs(z.Average(v => Math.Abs(v) < 2 ? 1.0 : 0) - WithinTwo) <= error, name);
    }
}
