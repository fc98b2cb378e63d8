using MoELab.Interop.Torch;

namespace MoELab.Routing;

// L MoE layers, E experts.

/// <summary>
/// Where kernels on a device report logits that are not finite, so that the host asks once for all layers instead of waiting at each.
/// </summary>
internal sealed class ScoreWatch : IDisposable
{
    private const long None = long.MaxValue;
    private const int MicroBatchBit = 48;

    private readonly int _experts;

    /// <summary>A watch that has seen nothing.</summary>
    public ScoreWatch(int layers, int experts, torch.Device device) =>
        (_experts, First_L) = (experts, torch.full([layers], Scalars.Of(None), dtype: torch.ScalarType.Int64, device: device).DetachFromDisposeScope());

    /// <summary>int64 [L]: see <see cref="RouterInput.FirstNonFinite_L"/>.</summary>
    public Tensor First_L { get; }

    /// <summary>Waits for the device and throws where a processor would have: at the first micro-batch's first layer. Then it starts anew.</summary>
    /// <exception cref="NonFiniteScoresException">A logit was NaN or infinite.</exception>
    public void RequireFinite()
    {
        var first = HostMemory.Copy<long>(First_L, torch.ScalarType.Int64);
        var layer = Enumerable.Range(0, first.Length).MinBy(l => first[l] >> MicroBatchBit);
        if (first[layer] == None)
            return;
        using var noGrad = torch.no_grad();
        First_L.fill_(Scalars.Of(None));
        var (place, kind) = Math.DivRem(first[layer] & ((1L << MicroBatchBit) - 1), 4);
        throw new NonFiniteScoresException(layer, place / _experts, place % _experts,
            kind switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity });
    }

    /// <inheritdoc/>
    public void Dispose() => First_L.Dispose();
}
