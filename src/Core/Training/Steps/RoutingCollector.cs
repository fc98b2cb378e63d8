// Shapes: L MoE layers, E experts, T tokens of a micro-batch, N choices, M details.
using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Routing;
using MoELab.Routing.Balancing;
using MoELab.Routing.Metrics;

namespace MoELab.Training.Steps;

/// <summary>
/// Collects the routing of one optimizer step: counts of every micro-batch in one [L, E] tensor, and, from the first micro-batch
/// only, the details that metrics show. Only a histogram waits for a GPU before the step's end.
/// </summary>
internal sealed class RoutingCollector(IRouter router, int layers, int experts, int topK, RoutingStatsKinds needs, Tensor bias_LE)
    : IRoutingObserver, IDisposable
{
    private readonly List<Tensor> _details = [];
    private readonly MarginHistogramBuilder? _histogram =
        needs.HasFlag(RoutingStatsKinds.ScoreHistogram) ? new MarginHistogramBuilder(bias_LE, topK) : null;
    private readonly MarginCollector? _margins = needs.HasFlag(RoutingStatsKinds.Margins) ? new MarginCollector(bias_LE, topK) : null;
    private MarginHistogram? _built;
    private readonly TokenRows? _scores = needs.HasFlag(RoutingStatsKinds.Scores) ? new TokenRows(layers, experts) : null;
    private IReadOnlyList<Tensor>? _gathered, _gatheredScores;

    /// <summary>
    /// Names of the details, in order: each is a mean over the first micro-batch's tokens, per layer; NaN where it does not apply to the router.
    /// </summary>
    public static IReadOnlyList<string> DetailNames { get; } = ["router/entropy", "router/margin", "router/saturated"];

    public Tensor Counts_LE { get; } =
        torch.zeros(layers, experts, dtype: torch.ScalarType.Int64, device: bias_LE.device).DetachFromDisposeScope();

    /// <summary>Told of each choice and its layer; null where nothing records them.</summary>
    public Action<int, RouterChoice>? Record { get; set; }

    public bool WantsDetails { get; set; }

    public void Routed(int layer, Tensor logits_TE, RouterOutput output)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        Counts_LE[layer].add_(Gates.Count(output.Choice, (int)Counts_LE.shape[1]), Scalars.One);
        Record?.Invoke(layer, output.Choice);
        _histogram?.Add(layer, (output.Selection_TE ?? output.Scores_TE).detach());
        _margins?.Add(layer, output.Selection_TE ?? output.Scores_TE);
        _scores?.Add(layer, output.Scores_TE.detach().to(torch.ScalarType.Float32, copy: true));
        if (!WantsDetails)
            return;
        _details.Add(ScoreMetrics.OnDevice(router, output, bias_LE[layer], topK).DetachFromDisposeScope());
    }

    /// <summary>Sums over ranks, once per step.</summary>
    public void Reduce(IProcessGroup group)
    {
        group.AllReduce(Counts_LE, ReduceOp.Sum);
        _built = _histogram?.Build();
        if (_built is not null)
            group.AllReduce(_built.Bins_LEB, ReduceOp.Sum);
        _gathered = _margins?.Build(group);
        _gatheredScores = _scores?.Gather(group);
    }

    /// <summary>What balancers see, after <see cref="Reduce"/>.</summary>
    public RoutingStats ToStats(long tokens, torch.Device device) => new(Counts_LE.to(device), tokens, topK, _built) { Margins = _gathered, Scores = _gatheredScores };

    /// <summary>[L, M] details.</summary>
    public double[][] Details => _details.Count == 0 ? []
        : [.. HostMemory.Copy<double>(torch.stack(_details), torch.ScalarType.Float64).Chunk(DetailNames.Count)];

    public void Dispose()
    {
        Counts_LE.Dispose();
        _margins?.Dispose();
        _scores?.Dispose();
        foreach (var detail in _details)
            detail.Dispose();
    }
}
