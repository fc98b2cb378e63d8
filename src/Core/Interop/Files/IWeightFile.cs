namespace MoELab.Interop.Files;

/// <summary>A file of named tensors: safetensors or a PyTorch state dict.</summary>
internal interface IWeightFile : IDisposable
{
    /// <summary>Names of all tensors.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>What the file says of a tensor; null if it has none of that name.</summary>
    WeightInfo? Find(string name);

    /// <summary>Reads a tensor to the CPU, in its own type.</summary>
    /// <exception cref="InputException">No such tensor, or it is damaged.</exception>
    Tensor Read(string name);
}
