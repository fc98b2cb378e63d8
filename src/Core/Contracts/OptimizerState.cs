namespace MoELab.Contracts;

/// <summary>The complete state of an optimizer: named tensors and the number of steps taken.</summary>
public sealed class OptimizerState : IDisposable
{
    private readonly SortedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>An empty state.</summary>
    public OptimizerState() { }

    /// <summary>A state with a tensor of each parameter's shape for each name.</summary>
    public OptimizerState(IEnumerable<Parameter> parameters, params IReadOnlyList<string> names)
    {
        foreach (var parameter in parameters)
        {
            foreach (var name in names)
                Add(parameter, name);
        }
    }

    /// <summary>Number of steps taken, for bias corrections.</summary>
    public int Steps { get; set; }

    /// <summary>Every tensor, keyed <c>parameter/name</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Adds a float32 tensor of zeros with the given shape, on the parameter's device.</summary>
    public void Add(Parameter parameter, string name, params ReadOnlySpan<long> shape)
    {
        var size = shape.Length == 0 ? parameter.Value.shape : shape.ToArray();
        _tensors.Add($"{parameter.Name}/{name}",
            torch.zeros(size, dtype: torch.ScalarType.Float32, device: parameter.Value.device).DetachFromDisposeScope());
    }

    /// <summary>A tensor of a parameter.</summary>
    public Tensor Get(Parameter parameter, string name) => _tensors[$"{parameter.Name}/{name}"];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }
}
