namespace MoELab.Contracts;

/// <summary>
/// A balancer's whole memory: named float32 tensors [layers, experts]. <c>bias</c> is always there, is what routers add to the
/// scores when they choose, and is in every checkpoint and export; a swap of balancers keeps it and drops the rest.
/// </summary>
public sealed class BalancerState : IDisposable
{
    private readonly SortedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>A state with a zero bias and further zero tensors.</summary>
    public BalancerState(int layers, int experts, params ReadOnlySpan<string> names)
    {
        Layers = layers;
        Experts = experts;
        Add("bias");
        foreach (var name in names)
            Add(name);
    }

    /// <summary>MoE layers.</summary>
    public int Layers { get; }

    /// <summary>Experts per layer.</summary>
    public int Experts { get; }

    /// <summary>The expert bias, float32 [layers, experts].</summary>
    public Tensor Bias_LE => _tensors["bias"];

    /// <summary>Every tensor by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>A tensor by name.</summary>
    public Tensor this[string name] => _tensors[name];

    /// <summary>Copies every tensor that both states have; returns the names that were dropped.</summary>
    public IReadOnlyList<string> CopyFrom(BalancerState other)
    {
        foreach (var (name, tensor) in _tensors)
        {
            if (other._tensors.TryGetValue(name, out var from))
                tensor.copy_(from);
        }
        return [.. other._tensors.Keys.Except(_tensors.Keys)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    private void Add(string name) =>
        _tensors.Add(name, torch.zeros(Layers, Experts, dtype: torch.ScalarType.Float32).DetachFromDisposeScope());
}
