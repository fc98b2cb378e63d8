// Shapes: L MoE layers, E experts, T tokens of a micro-batch, N choices, M details.
using MoELab.Model;
using MoELab.Routing;

namespace MoELab.Training;

/// <summary>
/// Collects the routing of one optimizer step: counts of every micro-batch in one [L, E] tensor, and, from the first micro-batch
/// only, the details that metrics show. The host reads both once per step.
/// </summary>
internal sealed class RoutingCollector : IRoutingObserver, IDisposable
{
    private readonly int _topK;
    private readonly RoutingStatsKinds _needs;
    private readonly Tensor _bias_LE;
    private readonly List<Tensor> _details = [];
    private readonly MarginHistogramBuilder? _histogram;

    public RoutingCollector(int layers, int experts, int topK, RoutingStatsKinds needs, Tensor bias_LE)
    {
        _topK = topK;
        _needs = needs;
        _bias_LE = bias_LE;
        Counts_LE = torch.zeros(layers, experts, dtype: torch.ScalarType.Int64, device: bias_LE.device).DetachFromDisposeScope();
        if (needs.HasFlag(RoutingStatsKinds.ScoreMeans))
            ScoreSums_LE = torch.zeros(layers, experts, dtype: torch.ScalarType.Float32, device: bias_LE.device).DetachFromDisposeScope();
        if (needs.HasFlag(RoutingStatsKinds.ScoreHistogram))
            _histogram = new MarginHistogramBuilder(bias_LE, topK);
    }

    /// <summary>Names of the details, in order: each is a mean over the first micro-batch's tokens, per layer.</summary>
    public static IReadOnlyList<string> DetailNames { get; } = ["router/entropy", "router/margin", "router/saturated"];

    public Tensor Counts_LE { get; }

    public Tensor? ScoreSums_LE { get; }

    public bool WantsDetails { get; set; }

    public void Routed(int layer, Tensor logits_TE, RouterOutput output)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var scores_TE = output.Scores_TE.detach();
        Counts_LE[layer].add_(torch.bincount(output.Choice.Expert_N, minlength: Counts_LE.shape[1]));
        ScoreSums_LE?[layer].add_(scores_TE.sum(0));
        _histogram?.Add(layer, (output.Selection_TE ?? output.Scores_TE).detach());
        if (WantsDetails)
            _details.Add(Details(scores_TE, _bias_LE[layer]).DetachFromDisposeScope());
    }

    public RoutingStats ToStats(long tokens) => new(Counts_LE, tokens, _topK, ScoreSums_LE, _histogram?.Build());

    /// <summary>[L, M] details on the host; reads the device once.</summary>
    public double[][] ReadDetails()
    {
        if (_details.Count == 0)
            return [];
        using var all_LM = torch.stack(_details).cpu();
        var flat = all_LM.data<float>().ToArray();
        return [.. flat.Select(f => (double)f).Chunk(DetailNames.Count)];
    }

    public void Dispose()
    {
        Counts_LE.Dispose();
        ScoreSums_LE?.Dispose();
        foreach (var detail in _details)
            detail.Dispose();
    }

    private Tensor Details(Tensor scores_TE, Tensor bias_E)
    {
        var experts = scores_TE.shape[1];
        var share_TE = scores_TE / (scores_TE.sum(1, keepdim: true) + 1e-20f);
        var mean_E = share_TE.mean([0]);
        var entropy = experts == 1 ? torch.zeros([], device: mean_E.device) : (mean_E * (mean_E + 1e-20f).log()).sum().neg() / MathF.Log(experts);
        var margin = torch.zeros([], device: mean_E.device);
        if (_topK < experts)
        {
            var (best_TK, _) = torch.topk(scores_TE + bias_E, _topK + 1, dim: 1);
            margin = (best_TK.select(1, _topK - 1) - best_TK.select(1, _topK)).mean();
        }
        var saturated = scores_TE.gt(0.99f).to(torch.ScalarType.Float32).mean();
        return torch.stack([entropy, margin, saturated]);
    }
}
