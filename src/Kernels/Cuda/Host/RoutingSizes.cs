namespace MoELab.Cuda;

/// <summary>Extents of a router: T tokens, E experts, K choices of every token (0 where they differ).</summary>
internal readonly record struct RoutingSizes(int T, int E, int K)
{
    /// <summary>With more, what a block keeps of its scores may not fit a card's shared memory.</summary>
    internal const int MostExperts = 2048;
}
