using MoELab.Interop;

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

    private static float[] Scores((int Step, int Layer, int Micro) key)
    {
        using var scope = torch.NewDisposeScope();
        return HostMemory.Copy<float>(RouterKit.Create("noisy-top-k").Route(RouterKit.Input(torch.zeros(4, 8), step: key.Step, layer: key.Layer, micro: key.Micro)).Scores_TE, torch.ScalarType.Float32);
    }
}
