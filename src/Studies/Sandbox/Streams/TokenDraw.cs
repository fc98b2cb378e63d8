using MoELab.Randomness;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>What the tokens of a step drew: a window of the noise pool each, a domain, and weights of shared directions.</summary>
/// <param name="tokens">Tokens of a step.</param>
/// <param name="rank">Directions that tokens share.</param>
internal sealed class TokenDraw(int tokens, int rank)
{
    /// <summary>Where each token's window begins.</summary>
    public int[] Offsets { get; } = new int[tokens];

    /// <summary>Each token's domain.</summary>
    public byte[] Domains { get; } = new byte[tokens];

    /// <summary>[tokens, rank] weights.</summary>
    public float[] Factors { get; } = new float[tokens * rank];

    /// <summary>Draws a window for each token: uniform over the pool, with replacement.</summary>
    public void Windows(Philox random)
    {
        for (var t = 0; t < Offsets.Length; t++)
            Offsets[t] = (int)(random.NextUInt() & (NoisePool.Size - 1));
    }
}
