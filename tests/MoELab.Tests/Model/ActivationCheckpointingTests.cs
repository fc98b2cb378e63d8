using MoELab.Model;

namespace MoELab.Tests.Model;

[Trait("bug", "non-determinism")]
public sealed class ActivationCheckpointingTests
{
    [Theory, InlineData(false, 0), InlineData(true, 0), InlineData(true, 4)]
    public void Recomputing_blocks_changes_no_bit(bool documents, int nullExperts)
    {
        var (plain, plainGradients) = Run(false, documents, nullExperts, out _);
        var (recomputed, gradients) = Run(true, documents, nullExperts, out var replays);
        Assert.Equal(plain, recomputed);
        Assert.Equal(plainGradients.Count, gradients.Count);
        foreach (var (name, gradient) in plainGradients)
            Assert.Equal(gradient, gradients[name]);
        Assert.Equal([false, false, false, true, true, true], replays);
    }

    private static (float[] Values, Dictionary<string, float[]> Gradients) Run(bool recompute, bool documents, int nullExperts, out List<bool> replays)
    {
        using var scope = torch.NewDisposeScope();
        var router = new SimpleRouter { PenaltyWeight = 0.01, ExtraMatrices = ["noise"] };
        using var model = SimpleModel.Create(SimpleModel.Recipe with { NullExperts = nullExperts }, router);
        var ids = SimpleModel.Ids(2, 12);
        var counts = torch.ones(3, 6 + nullExperts, dtype: torch.ScalarType.Int64);
        var output = model.Forward(ids, documents ? ids.le(5).cumsum(1) : null, new ForwardContext
        {
            Training = true,
            ActivationCheckpointing = recompute,
            RouterLosses = [new SquareLoss(), new SquareLoss()],
            StepCounts_LE = counts,
        });
        // A trainer adds a micro-batch's counts before backward: the recomputation must not see them.
        counts.add_(1000);
        var loss = output.Logits_TV.square().mean() + (output.RouterLosses[0] * 0.1) + (output.RouterLosses[1] * 0.3) + output.Penalty!;
        loss.backward();
        replays = router.Replays;
        return ([loss.item<float>(), .. output.Logits_TV.data<float>().ToArray()],
            model.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!.data<float>().ToArray()));
    }
}
