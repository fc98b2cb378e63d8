using MoELab.Routing.Routers;

namespace MoELab.Tests.Routing;

public sealed class SigmoidTopKTests
{
    [Fact]
    public void ChoosesWithBiasAndWeighsWithout()
    {
        using var scope = torch.NewDisposeScope();
        var logits_TE = torch.tensor(new[,] { { 1f, 0f, -1f, 2f }, { 0f, 0f, 0f, 0f } });
        var output = new SigmoidTopK(new SigmoidTopKOptions()).Route(new RouterInput
        {
            Logits_TE = logits_TE,
            Bias_E = torch.tensor(new[] { 0f, 0f, 1f, 0f }),
            Ids_T = torch.zeros(2, dtype: torch.ScalarType.Int64),
            TopK = 2,
            RouteScale = 2.5,
            Layer = 0,
            Training = true,
            Step = new StepInfo(1, 1, 0),
        });
        Assert.Equal([2L, 3L, 2L, 0L], output.Choice.Expert_N.data<long>().ToArray());
        Assert.Equal([0L, 0L, 1L, 1L], output.Choice.Token_N.data<long>().ToArray());
        static double S(double x) => 1 / (1 + Math.Exp(-x));
        var gates = output.Gates_N.data<float>().ToArray();
        Assert.Equal(2.5 * S(-1) / (S(-1) + S(2)), gates[0], 1e-6);
        Assert.Equal(2.5 * S(2) / (S(-1) + S(2)), gates[1], 1e-6);
        Assert.Equal(1.25, gates[2], 1e-6);
    }
}
