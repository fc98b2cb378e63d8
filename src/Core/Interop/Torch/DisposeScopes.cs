namespace MoELab.Interop.Torch;

/// <summary>What TorchSharp's dispose scopes do for one tensor, for several.</summary>
internal static class DisposeScopes
{
    /// <summary>Moves tensors to the scope outside their own; null is skipped.</summary>
    public static void MoveOut(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
            tensor?.MoveToOuterDisposeScope();
    }
}
