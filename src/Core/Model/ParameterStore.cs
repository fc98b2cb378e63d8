using MoELab.Interop.Torch;

namespace MoELab.Model;

/// <summary>Creates a model's parameters: float32 leaves on the model's device, in the order of the forward pass.</summary>
internal sealed class ParameterStore(double sigma, long seed, torch.Device device) : IDisposable
{
    private readonly List<Parameter> _all = [];

    public IReadOnlyList<Parameter> All => _all;

    public Parameter Matrix(string name, ParameterRole role, int splits, params long[] shape) => Add(new Parameter(
        name, Leaf(TruncatedNormal.Create(shape, sigma, seed, name)), role)
    {
        MatrixSplits = splits,
        Reduction = role == ParameterRole.Experts ? ReductionGroup.ExpertReplicas : ReductionGroup.World,
    });

    public Parameter Gain(string name, long width, double value) =>
        Add(new Parameter(name, Leaf(torch.full(width, Scalars.Of((float)value), dtype: torch.ScalarType.Float32)), ParameterRole.Vectors));

    public void Dispose()
    {
        foreach (var parameter in _all)
            parameter.Value.Dispose();
    }

    private Parameter Add(Parameter parameter)
    {
        _all.Add(parameter);
        return parameter;
    }

    private Tensor Leaf(Tensor value)
    {
        var leaf = value.to(device).requires_grad_().DetachFromDisposeScope();
        if (!ReferenceEquals(leaf, value))
            value.Dispose();
        return leaf;
    }
}
