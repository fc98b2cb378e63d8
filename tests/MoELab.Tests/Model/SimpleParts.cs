using MoELab.Experts;
using MoELab.Model;

namespace MoELab.Tests.Model;

/// <summary>The plainest router, kernel and dispatcher that can be right, so that model tests depend on no other part.</summary>
internal sealed class SimpleRouter : IRouter
{
    public bool IsCausal { get; init; } = true;

    public IReadOnlyList<string> ExtraMatrices { get; init; } = [];

    public double PenaltyWeight { get; init; }

    public List<bool> Replays { get; } = [];

    public RouterOutput Route(in RouterInput input)
    {
        using var scope = torch.NewDisposeScope();
        Replays.Add(input.Replay is not null);
        var scores_TE = input.Logits_TE.sigmoid();
        foreach (var extra in input.ExtraLogits?.Values ?? [])
            scores_TE = scores_TE * extra.sigmoid();
        var choice = input.Replay;
        if (choice is null)
        {
            using var free = torch.no_grad();
            choice = RouterChoice.FromTopK(torch.sort(scores_TE + input.Bias_E, 1, descending: true, stable: true).indices.narrow(1, 0, input.TopK).contiguous());
            choice.Token_N.MoveToOuterDisposeScope();
            choice.Expert_N.MoveToOuterDisposeScope();
        }
        var picked_TK = scores_TE.gather(1, choice.Expert_N.reshape(-1, input.TopK));
        var gates_N = (picked_TK / (picked_TK.sum(1, keepdim: true) + 1e-20) * input.RouteScale).reshape(-1);
        return new RouterOutput(scores_TE.MoveToOuterDisposeScope(), choice, gates_N.MoveToOuterDisposeScope())
        {
            Penalty = PenaltyWeight > 0 ? (scores_TE.sum() * PenaltyWeight).MoveToOuterDisposeScope() : null,
        };
    }
}

internal sealed class SimpleKernel : IExpertKernel
{
    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason)
    {
        reason = "";
        return true;
    }

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan) => throw new NotSupportedException("the simple dispatcher computes");
}

internal sealed class SimpleDispatcher : ITokenDispatcher
{
    public Tensor Run(Tensor x_TD, RouterChoice choice, Tensor gates_N, ExpertWeights weights, IExpertKernel kernel)
    {
        using var scope = torch.NewDisposeScope();
        var y_TD = torch.zeros_like(x_TD);
        for (var e = 0; e < weights.Experts; e++)
        {
            var rows = choice.Expert_N.eq(e).nonzero().reshape(-1);
            if (rows.shape[0] == 0)
                continue;
            var token_R = choice.Token_N.index_select(0, rows);
            var h = torch.nn.functional.linear(x_TD.index_select(0, token_R), weights.W13_EGD[e]);
            var inner = torch.nn.functional.silu(h.narrow(1, 0, weights.Width)) * h.narrow(1, weights.Width, weights.Width);
            var out_RD = torch.nn.functional.linear(inner, weights.W2_EDF[e]) * gates_N.index_select(0, rows).unsqueeze(1).to(x_TD.dtype);
            y_TD = y_TD.index_add(0, token_R, out_RD, 1);
        }
        return y_TD.MoveToOuterDisposeScope();
    }
}

internal sealed class SquareLoss : IAuxiliaryLoss
{
    public AuxiliaryLossSite Site => AuxiliaryLossSite.Router;

    public double Weight => 1;

    public List<long[]> Seen { get; } = [];

    public Tensor Compute(in AuxiliaryLossInput input)
    {
        Seen.Add(input.StepCounts_E!.data<long>().ToArray());
        return (input.Router!.Scores_TE.square().sum(1).mean() * input.StepCounts_E!.sum().to(torch.ScalarType.Float32)) + input.Logits.square().mean();
    }
}

internal static class SimpleModel
{
    public const int Vocabulary = 23;

    public static ModelRecipe Recipe { get; } = new()
    {
        Layers = 4,
        DenseLayers = 1,
        DModel = 16,
        Ffn = 24,
        ExpertFfn = 8,
        Heads = 4,
        KvHeads = 2,
        HeadDim = 6,
        Experts = 6,
        ActiveExperts = 2,
        SharedExperts = 1,
        RouteScale = 1.5,
        Window = 5,
        GlobalEvery = 4,
    };

    public static MoEModel Create(ModelRecipe? recipe = null, IRouter? router = null, long seed = 1) =>
        new(recipe ?? Recipe, Vocabulary, router ?? new SimpleRouter(), new SimpleKernel(), new SimpleDispatcher(), seed, torch.CPU, torch.ScalarType.Float32);

    public static Tensor Ids(int batch, int length, long seed = 3)
    {
        var random = new MoELab.Randomness.Philox(seed, "test ids");
        return torch.tensor(Enumerable.Range(0, batch * length).Select(_ => (long)random.NextInt(Vocabulary)).ToArray(), [batch, length]);
    }

    public static float[] Logits(MoEModel model, Tensor ids, Tensor? documents = null, ForwardContext? context = null)
    {
        using var scope = torch.NewDisposeScope();
        using var free = torch.no_grad();
        return model.Forward(ids, documents, context ?? new ForwardContext()).Logits_TV.data<float>().ToArray();
    }
}
