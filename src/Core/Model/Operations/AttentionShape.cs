namespace MoELab.Model.Operations;

// H query heads, K key-value heads, C head width, P = (2H or H) C + 2KC.

/// <summary>How attention reads the columns of its joint projection: queries, keys, values and, if there is one, the gate.</summary>
/// <param name="Heads">Number of query heads (H), a multiple of K.</param>
/// <param name="KeyHeads">Number of key-value heads (K).</param>
/// <param name="Width">Head width (C), even.</param>
/// <param name="Gated">Whether each head's output is multiplied by the sigmoid of a gate.</param>
/// <param name="Rotated">Whether RoPE turns queries and keys.</param>
/// <param name="Eps">Epsilon of QK-norm.</param>
/// <param name="Window">Positions to which a query attends, including itself; null for all before it.</param>
internal sealed record AttentionShape(int Heads, int KeyHeads, int Width, bool Gated, bool Rotated, double Eps, int? Window)
{
    /// <summary>Query heads that share a key-value head.</summary>
    internal int Copies => Heads / KeyHeads;

    /// <summary>Width of the output (A = H C).</summary>
    internal int OutputColumns => Heads * Width;

    /// <summary>Columns of the joint projection (P).</summary>
    internal int Columns => Gate(Gated ? Heads : 0);

    /// <summary>First column of a query head.</summary>
    internal int Query(int head) => head * Width;

    /// <summary>First column of a key head.</summary>
    internal int Key(int head) => (Heads + head) * Width;

    /// <summary>First column of a value head.</summary>
    internal int Value(int head) => (Heads + KeyHeads + head) * Width;

    /// <summary>First column of a query head's gate.</summary>
    internal int Gate(int head) => (Heads + (2 * KeyHeads) + head) * Width;
}
