// T tokens, E experts, K chosen per token.
using MoELab.Interop.Torch;
using MoELab.Randomness;
using MoELab.Routing.Routers;
using MoELab.Studies.Sandbox;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Tests.Studies.Sandbox;

/// <summary>The fast path chooses what the library's router chooses on the same logits, tie by tie.</summary>
public sealed class FastChoiceTests
{
    private static readonly float[] Steep = [0, 0.5f, -0.5f, 3, -3, 1e3f];

    public static TheoryData<string, int, int, int> Cases => new()
    {
        { "stationary", 256, 4, 300 },
        { "stationary", 8, 1, 77 },
        { "stationary", 13, 7, 101 },
        { "stationary", 61, 60, 33 },
        { "stationary", 100, 9, 65 },
        { "stationary", 1024, 16, 64 },
        { "stationary", 1000, 80, 31 },
        { "drifting", 64, 6, 129 },
        { "correlated", 96, 5, 90 },
        { "domains", 72, 8, 200 },
        { "feedback", 256, 8, 128 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Every_choice_is_the_librarys(string stream, int experts, int active, int tokens)
    {
        var options = new SandboxOptions { Experts = experts, Active = active, Tokens = tokens, Stream = StreamOptions.Of(stream), Seed = 5 };
        Assert.All(Steep, size => Compare(options, size));
    }

    [Fact]
    public void Equal_scores_go_to_the_lower_index()
    {
        // So little noise that scores round to the same float32, and biases that are equal for whole groups of experts.
        var options = new SandboxOptions
        {
            Experts = 40,
            Active = 3,
            Tokens = 256,
            Stream = new StationaryOptions { Spread = 0, Noise = 1e-3, Level = 10 },
        };
        Assert.True(Compare(options, 0) > 100);
    }

    /// <returns>Tokens with a tie at the last place.</returns>
    private static int Compare(SandboxOptions options, float size)
    {
        using var scope = torch.NewDisposeScope();
        using var layer = new SandboxLayer(options, 0, fast: true);
        using var pool = new NoisePool(options.Seed);
        var (router, chosen) = (new SigmoidTopK(new()), new int[options.Tokens * options.Active]);
        var ties = 0;
        for (var step = 1; step <= 3; step++)
        {
            pool.Refresh(step);
            layer.Begin(step);
            var bias = new float[options.Experts];
            new Philox(3, "test-bias", "", step).NextNormals(bias);
            for (var e = 0; e < bias.Length; e++)
                bias[e] *= size;
            layer.Choose(pool, bias, chosen);
            var output = router.Route(new RouterInput
            {
                Logits_TE = layer.Logits(pool, options.Tokens),
                Bias_E = torch.tensor(bias),
                Ids_T = layer.Ids(options.Tokens),
                TopK = options.Active,
                RouteScale = 1,
                Layer = 0,
                Training = true,
                Step = new StepInfo(step, 3, 0),
            });
            var expected = HostMemory.Copy<long>(output.Choice.Expert_N, torch.ScalarType.Int64).Chunk(options.Active).SelectMany(c => c.Order()).ToArray();
            Assert.Equal(expected, chosen.Select(e => (long)e));
            Assert.Equal(HostMemory.Copy<long>(output.Choice.Counts_E!, torch.ScalarType.Int64), layer.Counts.ToArray().Select(n => (long)n));
            ties += Ties(output, bias, options);
            layer.End();
        }
        return ties;
    }

    private static int Ties(RouterOutput output, float[] bias, SandboxOptions options)
    {
        var scores = HostMemory.Copy<float>(output.Scores_TE, torch.ScalarType.Float32);
        return scores.Chunk(options.Experts).Select(row => row.Zip(bias, (s, b) => s + b).OrderDescending().ToArray())
            .Count(sorted => sorted[options.Active - 1] == sorted[options.Active]);
    }
}
