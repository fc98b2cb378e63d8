namespace MoELab.Model;

/// <summary>The data type of products; master weights stay float32 and are cast where they are used.</summary>
internal readonly record struct ComputePrecision(torch.ScalarType Type)
{
    /// <summary>The weight in the compute type.</summary>
    public Tensor Weight(Parameter parameter) => Cast(parameter.Value);

    /// <summary>A tensor in the compute type; the tensor itself when it already is.</summary>
    public Tensor Cast(Tensor tensor) => tensor.dtype == Type ? tensor : tensor.to(Type);
}
