using MoELab.Interop.Torch;

namespace MoELab.Routing.Routers;

// T tokens, E experts.

/// <summary>
/// Balanced assignment by Sinkhorn iterations (BASE, S-BASE, Megatron): in training, rows and columns of <c>exp(z)</c> are scaled in turn until each
/// token has mass 1 and each expert T/E, and the K largest of plan + bias are chosen, so that a choice depends on every token of the micro-batch; in
/// evaluation each token chooses by <c>softmax(z) + b</c> alone, and no choice depends on another token. Gates are <c>sigmoid(z)</c>, divided by
/// their sum over the chosen unless switched off, times the route scale. The plan carries no gradients.
/// </summary>
[Plugin("sinkhorn", "Top-k of a transport plan with equal load per expert in training, sigmoid gates (BASE, Megatron)")]
public sealed class Sinkhorn(SinkhornOptions options) : BuiltInRouter(ScoreKind.Sigmoid, ScoreKind.Probability, isCausal: false), IRouter
{
    /// <inheritdoc/>
    public bool IsCausalInEvaluation => true;

    private protected override RouterOutput Decide(in RouterInput input)
    {
        RouterGuard.RequireFinite(input.Logits_TE, input.Layer);
        var selection_TE = input.Replay is not null ? null
            : input.Training ? Plan(input.Logits_TE.detach())
            : torch.softmax(input.Logits_TE.detach(), -1);
        return Choose(input, torch.sigmoid(input.Logits_TE), selection_TE, options.Normalise);
    }

    /// <summary>The plan: float32 [T, E]; rows sum to 1, columns to T/E within the tolerance.</summary>
    internal Tensor Plan(Tensor logits_TE)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var (tokens, experts) = (logits_TE.shape[0], logits_TE.shape[1]);
        var logits64_TE = logits_TE.to(torch.ScalarType.Float64);
        var kernel_TE = torch.exp(logits64_TE - logits64_TE.amax([-1], keepdim: true));
        var column_E = torch.ones(experts, dtype: torch.ScalarType.Float64, device: logits_TE.device);
        var row_T = Scalars.One / kernel_TE.mv(column_E);
        using var share = Scalars.Once((double)tokens / experts);
        for (var iteration = 0; iteration < options.MaxIterations; iteration++)
        {
            using var turn = torch.NewDisposeScope();
            // A column whose kernel underflowed has no mass at all; the floor keeps its factor finite.
            var mass_E = column_E * kernel_TE.t().mv(row_T);
            var off = ((mass_E / share) - Scalars.One).abs().max().item<double>();
            if (off <= options.Tolerance)
                break;
            column_E = (column_E * share / mass_E.clamp_min(Scalars.Of(1e-300))).clamp_max(Scalars.Of(1e300)).MoveToOuterDisposeScope();
            row_T = (Scalars.One / kernel_TE.mv(column_E)).MoveToOuterDisposeScope();
        }
        return (row_T.unsqueeze(-1) * kernel_TE * column_E).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
