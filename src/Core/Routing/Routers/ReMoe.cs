using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// L MoE layers, T tokens, E experts, K active on average.

/// <summary>
/// ReMoE (arXiv 2412.14711): gates are <c>r = ReLU(z)</c> times the route scale, and a token uses every expert with <c>r &gt; 0</c>, so the choice
/// itself is differentiable. The penalty <c>lambda / L * mean_t sum_e f_e r_te</c>, with <c>f_e = E / (K T) * #{t : r_te &gt; 0}</c> (1 if not
/// load-refined), holds the sparsity S, the share of zeros over all layers of a step, at <c>1 - K/E</c>: <c>lambda</c> is multiplied by
/// <c>alpha^sign(1 - K/E - S)</c> after each step. The expert bias has no effect.
/// </summary>
[Plugin("remoe", "ReLU gates with an adaptive, load-refined L1 penalty: a free number of experts per token (ReMoE)")]
public sealed class ReMoe(ReMoeOptions options) : BuiltInRouter(ScoreKind.Rectified, ScoreKind.None), IAdaptiveRouter
{
    private const string Lambda = "lambda";

    // The paper's first coefficient, and one that closes gates within some steps: runs of lab-tiny held their target with 0.0002 to 0.03.
    private const double Least = 1e-8, Felt = 0.02;

    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var scores_TE = torch.nn.functional.relu(input.Logits_TE);
        var choice = input.Replay ?? Choose(input.Logits_TE.detach());
        var gates_N = Gates.Weigh(scores_TE, choice, normalise: false, input.RouteScale);
        var penalty = input is { Training: true, State: { } state } ? Penalty(scores_TE, choice, state, input.Layer, input.TopK) : null;
        return new RouterOutput(scores_TE, choice, gates_N) { Penalty = penalty };
    }

    /// <inheritdoc/>
    public BalancerState CreateState(int layers, int experts)
    {
        var state = new BalancerState(layers, experts, Lambda);
        state[Lambda].fill_(Scalars.Of(options.Lambda0));
        return state;
    }

    /// <inheritdoc/>
    public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
    {
        if (stats.Tokens == 0)
            return;
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var places = (double)stats.Tokens * state.Layers * state.Experts;
        var sparsity = 1 - (stats.Counts_LE.sum().item<long>() / places);
        var target = 1 - ((double)stats.TopK / state.Experts);
        // A coefficient of 0 has not begun; the first step of a state may be any step of a run.
        if (state[Lambda][0, 0].item<float>() == 0)
        {
            using var first = Scalars.Once(Math.Max(Least, Felt * Math.Pow(options.Alpha, -0.1 * (step.TotalSteps - step.Step))));
            state[Lambda].fill_(first);
        }
        else
        {
            state[Lambda].mul_(Scalars.Of(Math.Pow(options.Alpha, Math.Sign(target - sparsity))));
        }
    }

    private static RouterChoice Choose(Tensor logits_TE)
    {
        var place_N2 = torch.nonzero(logits_TE.gt(Scalars.Zero));
        return new RouterChoice(place_N2.select(1, 0).contiguous(), place_N2.select(1, 1).contiguous(), 0);
    }

    private Tensor Penalty(Tensor scores_TE, RouterChoice choice, BalancerState state, int layer, int k)
    {
        var mean_E = scores_TE.mean([0]);
        if (options.LoadRefined)
        {
            var (tokens, experts) = (scores_TE.shape[0], (int)scores_TE.shape[1]);
            using var share = Scalars.Once((double)experts / (k * (double)tokens));
            mean_E = mean_E * (Gates.Count(choice, experts).to(torch.ScalarType.Float32) * share);
        }
        using var weight = Scalars.Once(state[Lambda][layer, 0].item<float>() / state.Layers);
        return mean_E.sum() * weight;
    }
}
