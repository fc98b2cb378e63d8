namespace MoELab.Interop.Files;

/// <summary>The format of the weights in a model folder.</summary>
public enum WeightFormat
{
    /// <summary><c>model.safetensors</c>, or shards with an index.</summary>
    SafeTensors,

    /// <summary><c>model.pt</c>: a PyTorch state dict, as <c>torch.save</c> writes it.</summary>
    Pt,
}
