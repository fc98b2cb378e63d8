using MoELab.Interop.Torch;

namespace MoELab.Tests.Routing;

public sealed class RouterNoiseTests
{
    [Fact]
    public void DependsOnItsKeyAndNotOnTheOrder()
    {
        var keys = (from step in new[] { 1, 2 } from layer in new[] { 0, 1 } from micro in new[] { 0, 1 } select (step, layer, micro)).ToArray();
        var forward = keys.ToDictionary(k => k, Scores);
        var backward = keys.Reverse().ToDictionary(k => k, Scores);
        Assert.All(keys, k => Assert.Equal(forward[k], backward[k]));
        Assert.Equal(keys.Length, forward.Values.Select(v => string.Join(",", v)).Distinct().Count());
    }

    [Fact]
    public void ActsInTrainingOnlyAndMovesItsMatrix()
    {
        using var scope = torch.NewDisposeScope();
        var router = RouterKit.Create("noisy-top-k");
        Assert.Equal(["noise"], router.ExtraMatrices);
        var spread_TE = torch.zeros(6, 8, requires_grad: true);
        var input = RouterKit.Input(torch.tensor(RouterKit.Random(6, 8, "noisy"))) with { ExtraLogits = new Dictionary<string, Tensor> { ["noise"] = spread_TE } };
        router.Route(input).Gates_N.square().sum().backward();
        Assert.True(spread_TE.grad!.abs().sum().item<float>() > 0);
        Assert.False(router.Route(input with { Training = false }).Gates_N.requires_grad);
        Assert.Throws<ArgumentException>(() => router.Route(input with { ExtraLogits = null }));
    }

    [Fact]
    public void TheNoiseIsStandardNormal()
    {
        var values = new float[1_000_000];
        new MoELab.Randomness.Philox(3, "test").NextNormals(values);
        var (mean, square, fourth) = (values.Average(v => (double)v), values.Average(v => (double)v * v), values.Average(v => Math.Pow(v, 4)));
        // Within five standard errors each.
        Assert.InRange(mean, -0.005, 0.005);
        Assert.InRange(square, 1 - 0.0071, 1 + 0.0071);
        Assert.InRange(fourth, 3 - 0.049, 3 + 0.049);
        foreach (var (edge, share) in new[] { (-2.0, 0.022750), (-1.0, 0.158655), (0.0, 0.5), (0.5, 0.691462), (1.5, 0.933193), (3.0, 0.998650) })
            Assert.InRange(values.Count(v => v < edge) / 1e6, share - 0.0025, share + 0.0025);
        // Neither one number and the next, nor the two of a pair, go together.
        foreach (var lag in new[] { 1, 2, 256 })
            Assert.InRange(values.Zip(values.Skip(lag), (a, b) => (double)a * b).Average(), -0.005, 0.005);
        Assert.Equal(values.Length, values.Count(float.IsFinite));
    }

    [Fact]
    public void AShorterStreamIsTheBeginningOfALongerOne()
    {
        var (few, many) = (new float[700], new float[1300]);
        new MoELab.Randomness.Philox(3, "test").NextNormals(few);
        new MoELab.Randomness.Philox(3, "test").NextNormals(many);
        Assert.Equal(few, many[..700]);
    }

    private static float[] Scores((int Step, int Layer, int Micro) key)
    {
        using var scope = torch.NewDisposeScope();
        return HostMemory.Copy<float>(RouterKit.Create("noisy-top-k").Route(RouterKit.Input(torch.zeros(4, 8), step: key.Step, layer: key.Layer, micro: key.Micro)).Scores_TE, torch.ScalarType.Float32);
    }
}
