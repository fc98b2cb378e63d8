using MoELab.Interop.Torch;

namespace MoELab.Contracts;

/// <summary>Rows sorted by expert: which token and which choice each row is. Shapes: N choices, E experts, T tokens.</summary>
/// <param name="RowToken_N">int64 [N]: the token of each row.</param>
/// <param name="RowChoice_N">int64 [N]: the position of each row in the router's choice (and so in the gates).</param>
/// <param name="Ends_E">int32 [E] on the tensors' device: where each expert's rows end.</param>
/// <param name="Counts">
/// Rows of each expert, on the host; an expert kernel that sorts on a GPU copies them from it when an element is first used.
/// </param>
/// <param name="Tokens">T.</param>
/// <param name="TopK">K when every token has exactly K choices (N = T·K), 0 otherwise.</param>
public sealed record DispatchPlan(Tensor RowToken_N, Tensor RowChoice_N, Tensor Ends_E, IReadOnlyList<int> Counts, int Tokens, int TopK) : IDisposable
{
    /// <summary>One expert that every token goes to, once.</summary>
    internal static DispatchPlan Everything(int tokens)
    {
        using var scope = torch.NewDisposeScope();
        Tensor row_N = Indices.Below(tokens), ends_E = torch.tensor([tokens]);
        return new DispatchPlan(row_N.DetachFromDisposeScope(), row_N.alias().DetachFromDisposeScope(), ends_E.DetachFromDisposeScope(),
            [tokens], tokens, 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        RowToken_N.Dispose();
        RowChoice_N.Dispose();
        Ends_E.Dispose();
    }
}
